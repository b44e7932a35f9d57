"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.examples = void 0;
exports.examples = {
    "agents.actions.list": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.actions.list(agentId);
        console.log(result);
    },
    "agents.actions.enable": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.actions.enable(agentId, {
            action_ids: ["cmc4n0f6s0009js04u8c3d1xg"],
        });
        console.log(result);
    },
    "agents.actions.disable": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.actions.disable(agentId, {
            action_ids: ["cmc4n0f6s0009js04u8c3d1xg"],
        });
        console.log(result);
    },
    "agents.list": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        for await (const item of client.agents.list({ limit: 50 })) {
            console.log(item);
        }
    },
    "agents.create": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.create({
            workflow_id: "cmc4jz81p0003js04e5t2m6yb",
            name: "Ada",
            description: "Answers questions about the shop and takes orders",
            language: "en",
            persona: "friendly",
            timezone: "Africa/Lagos",
            business_name: "Corner Shop",
            business_address: "12 Market Street, Lagos",
            business_email: "hello@corner-shop.example",
            business_description: "Groceries and household goods, open every day from 8 to 20",
            escalation_email: "owner@corner-shop.example",
        });
        console.log(result);
    },
    "agents.retrieve": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.retrieve(agentId);
        console.log(result);
    },
    "agents.update": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.update(agentId, {
            persona: "concise",
            timezone: "Africa/Lagos",
        });
        console.log(result);
    },
    "agents.delete": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        await client.agents.delete(agentId);
    },
    "agents.update_live_status": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.updateLiveStatus(agentId, {
            status: "paused",
            status_reason: "Closed for stocktaking until Monday",
        });
        console.log(result);
    },
    "agents.get_test_code": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.getTestCode(agentId);
        console.log(result);
    },
    "agents.integrations.bimpeai.list": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.integrations.bimpeai.list(agentId);
        console.log(result);
    },
    "agents.integrations.bimpeai.configure": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.integrations.bimpeai.configure(agentId, {
            type: "stripe",
            public_key: "pk_test_51Nx8shop",
            secret_key: "sk_test_51Nx8shop",
            currency: "USD",
        });
        console.log(result);
    },
    "agents.integrations.bimpeai.disconnect": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        await client.agents.integrations.bimpeai.disconnect(agentId, integrationId);
    },
    "calls.list": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        for await (const item of client.calls.list(agentId, { limit: 50 })) {
            console.log(item);
        }
    },
    "calls.make": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.calls.make(agentId, {
            destination: "+2348012345678",
            is_test_call: true,
        });
        console.log(result);
    },
    "calls.retrieve": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.calls.retrieve(agentId, callId);
        console.log(result);
    },
    "agents.channels.list": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.channels.list(agentId);
        console.log(result);
    },
    "conversations.list": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        for await (const item of client.conversations.list(agentId, { limit: 50 })) {
            console.log(item);
        }
    },
    "conversations.send": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.conversations.send(agentId, {
            message: "Do you deliver on Sundays?",
            channel_type: "webchat",
            channel_user_id: "5b1d0c1e-7d0b-4a53-9c1a-0f6f3f3f8f11",
            channel_username: "Bisi",
            is_test_channel: true,
        });
        console.log(result);
    },
    "conversations.retrieve": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.conversations.retrieve(agentId, conversationId);
        console.log(result);
    },
    "conversations.set_ai_status": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.conversations.setAiStatus(agentId, conversationId, {
            is_ai_chat_paused: true,
        });
        console.log(result);
    },
    "agents.integrations.custom_api.list": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.integrations.customApi.list(agentId);
        console.log(result);
    },
    "agents.integrations.custom_api.configure": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.integrations.customApi.configure(agentId, {
            name: "Order system",
            description: "Orders and stock of the shop",
            base_url: "https://orders.example.com/v1",
            auth_type: "bearer",
            auth_config: {
                token: "shop-token-93c1",
            },
            test_endpoint: "/health",
        });
        console.log(result);
    },
    "agents.integrations.custom_api.disconnect": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        await client.agents.integrations.customApi.disconnect(agentId, integrationId);
    },
    "agents.integrations.list": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.integrations.list(agentId);
        console.log(result);
    },
    "agents.knowledge_bases.list": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.knowledgeBases.list(agentId);
        console.log(result);
    },
    "agents.knowledge_bases.create": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.knowledgeBases.create(agentId, {
            type: "text",
            name: "Opening hours",
            description: "When the shop is open and how to reach it",
            content: "The shop is open every day from 8:00 to 20:00. Deliveries are made within Lagos until 18:00.",
        });
        console.log(result);
    },
    "agents.knowledge_bases.update": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.knowledgeBases.update(agentId, knowledgeBaseId, {
            content: "The shop is open from Monday to Saturday, 8:00 to 20:00. It is closed on Sunday.",
        });
        console.log(result);
    },
    "agents.knowledge_bases.delete": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        await client.agents.knowledgeBases.delete(agentId, knowledgeBaseId);
    },
    "agents.integrations.mcp_server.list": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.integrations.mcpServer.list(agentId);
        console.log(result);
    },
    "agents.integrations.mcp_server.configure": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.integrations.mcpServer.configure(agentId, {
            name: "Stock room",
            server_url: "https://stock.example.com/mcp",
            transport: "streamable_http",
            auth_type: "api_key",
            auth_config: {
                api_key: "shop-key-93c1",
                header_name: "X-API-Key",
            },
        });
        console.log(result);
    },
    "agents.integrations.mcp_server.disconnect": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        await client.agents.integrations.mcpServer.disconnect(agentId, integrationId);
    },
    "agents.integrations.mcp_server.discover": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.integrations.mcpServer.discover(agentId, integrationId);
        console.log(result);
    },
    "agents.integrations.mcp_server.test": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.integrations.mcpServer.test(agentId, integrationId);
        console.log(result);
    },
    "agents.integrations.mcp_server.tools.list": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.integrations.mcpServer.tools.list(agentId, integrationId);
        console.log(result);
    },
    "conversations.messages.list": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        for await (const item of client.conversations.messages.list(agentId, conversationId, { limit: 50 })) {
            console.log(item);
        }
    },
    "conversations.messages.send": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.conversations.messages.send(agentId, conversationId, {
            message: "And how much is the delivery?",
            role: "user",
        });
        console.log(result);
    },
    "conversations.messages.retrieve": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.conversations.messages.retrieve(agentId, conversationId, messageId);
        console.log(result);
    },
    "conversations.messages.stream_ticket": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.conversations.messages.streamTicket(agentId, conversationId);
        console.log(result);
    },
    "phone_numbers.list": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        for await (const item of client.phoneNumbers.list({ limit: 50 })) {
            console.log(item);
        }
    },
    "phone_numbers.retrieve": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.phoneNumbers.retrieve(phoneNumberId);
        console.log(result);
    },
    "phone_numbers.update": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.phoneNumbers.update(phoneNumberId, {
            agent_id: "cmc4k2v9x0001js04a7h3q8wd",
            label: "Order line",
        });
        console.log(result);
    },
    "phone_numbers.requests.list": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        for await (const item of client.phoneNumbers.requests.list({ limit: 50 })) {
            console.log(item);
        }
    },
    "phone_numbers.requests.create": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        await client.phoneNumbers.requests.create({
            business_name: "Corner Shop",
            intended_use: "Customers call to order and to ask about deliveries",
            region: "ng",
            agent_count: 1,
            outbound_minutes: 120,
        });
    },
    "agents.integrations.pipedream.list": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.integrations.pipedream.list(agentId);
        console.log(result);
    },
    "agents.integrations.pipedream.configure": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.integrations.pipedream.configure(agentId, {
            app_slug: "google-sheets",
            app_name: "Google Sheets",
        });
        console.log(result);
    },
    "agents.integrations.pipedream.disconnect": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        await client.agents.integrations.pipedream.disconnect(agentId, integrationId);
    },
    "agents.integrations.custom_api.tools.list": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.integrations.customApi.tools.list(agentId, integrationId);
        console.log(result);
    },
    "agents.integrations.custom_api.tools.add": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.agents.integrations.customApi.tools.add(agentId, integrationId, {
            name: "Create order",
            description: "Places an order once the customer has confirmed the product and the quantity.",
            http_method: "POST",
            url_template: "/orders",
            body_params: [
                {
                    name: "sku",
                    type: "string",
                    description: "Article number of the product",
                    required: true,
                },
                {
                    name: "quantity",
                    type: "integer",
                    description: "How many pieces",
                    required: true,
                },
            ],
            headers_template: {
                "Content-Type": "application/json",
            },
            body_template: {
                sku: "{{sku}}",
                quantity: "{{quantity}}",
            },
            timeout: 15000,
        });
        console.log(result);
    },
    "agents.integrations.custom_api.tools.delete": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        await client.agents.integrations.customApi.tools.delete(agentId, integrationId, toolId);
    },
    "workflows.list": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        for await (const item of client.workflows.list({ limit: 50 })) {
            console.log(item);
        }
    },
    "workflows.create": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.workflows.create({
            name: "Shop assistant",
            description: "Answers questions about products and takes orders",
            category: "commerce",
            system_prompt: "You work for a small shop. Be brief and polite, and never promise what you cannot look up.",
            rules: [
                {
                    id: "late-delivery",
                    name: "Late delivery",
                    trigger: "The customer says that an order has not come",
                    response: "Apologise, ask for the order number and look the order up.",
                    action: "get_order",
                    enabled: true,
                },
            ],
            flows: [
                {
                    name: "Take an order",
                    description: "From the first wish to the confirmed order",
                    priority: 8,
                    is_active: true,
                    trigger_keywords: [
                        {
                            keyword: "order",
                            weight: "high",
                        },
                    ],
                    conversation_steps: [
                        {
                            type: "text_response",
                            content: "What would you like to order?",
                        },
                    ],
                },
            ],
            tags: ["shop", "orders"],
            faq: [
                {
                    question: "Do you deliver?",
                    answer: "Yes, within Lagos, every day until 18:00.",
                },
            ],
            setup_time: 15,
        });
        console.log(result);
    },
    "workflows.clone": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.workflows.clone({
            source_workflow_id: "cmc4jz81p0003js04e5t2m6yb",
        });
        console.log(result);
    },
    "workflows.retrieve": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.workflows.retrieve(workflowId);
        console.log(result);
    },
    "workflows.update": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        const result = await client.workflows.update(workflowId, {
            system_prompt: "You work for a small shop. Answer in two sentences at most.",
            tags: ["shop", "orders"],
        });
        console.log(result);
    },
    "workflows.delete": async ({ client, console, agentId, callId, conversationId, integrationId, knowledgeBaseId, messageId, phoneNumberId, toolId, workflowId }) => {
        await client.workflows.delete(workflowId);
    },
};
