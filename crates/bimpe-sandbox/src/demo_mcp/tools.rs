//! The tools of the demo server: a small shop.

use serde_json::{Value, json};

/// Tools on one page. Small, so that clients must read more than one page.
const PAGE: usize = 2;

/// Products: name, number in stock, price in naira.
const PRODUCTS: [(&str, u32, u32); 4] = [
    ("Ankara dress", 12, 18_500),
    ("Leather bag", 3, 32_000),
    ("Shea butter", 40, 4_200),
    ("Straw hat", 0, 7_800),
];

/// Orders: number, product, state.
const ORDERS: [(&str, &str, &str); 3] = [
    ("1001", "Ankara dress", "delivered"),
    ("1002", "Leather bag", "on its way"),
    ("1003", "Straw hat", "paid"),
];

type Run = fn(&Value) -> Result<Value, String>;

struct Tool {
    name: &'static str,
    description: &'static str,
    /// Returns the properties of the arguments. Each argument is required.
    properties: fn() -> Value,
    run: Run,
}

const TOOLS: [Tool; 3] = [
    Tool {
        name: "check_stock",
        description: "Returns how many items of a product are in stock, and the price.",
        properties: || json!({ "product": { "type": "string", "description": "Name of the product, for example Leather bag" } }),
        run: check_stock,
    },
    Tool {
        name: "find_order",
        description: "Returns the product and the state of an order.",
        properties: || json!({ "order_number": { "type": "string", "description": "Number of the order, for example 1002" } }),
        run: find_order,
    },
    Tool {
        name: "quote_delivery",
        description: "Returns the price and the days of a delivery.",
        properties: || {
            json!({
                "city": { "type": "string", "description": "City of the customer" },
                "weight_kg": { "type": "number", "description": "Weight in kilograms, at most 30" },
            })
        },
        run: quote_delivery,
    },
];

/// Returns a page of the list of tools, or `None` for an unknown cursor.
pub(super) fn page(cursor: &Value) -> Option<Value> {
    let start = if cursor.is_null() { 0 } else { cursor.as_str()?.parse().ok()? };
    let rest = TOOLS.get(start..).filter(|rest| !rest.is_empty())?;
    let tools: Vec<Value> = rest.iter().take(PAGE).map(describe).collect();
    let mut page = json!({ "tools": tools });
    if rest.len() > PAGE {
        page["nextCursor"] = (start + PAGE).to_string().into();
    }
    Some(page)
}

fn describe(tool: &Tool) -> Value {
    let properties = (tool.properties)();
    let required: Vec<&String> = properties.as_object().into_iter().flatten().map(|(name, _)| name).collect();
    json!({
        "name": tool.name,
        "description": tool.description,
        "inputSchema": { "type": "object", "properties": properties, "required": required },
        "annotations": { "readOnlyHint": true },
    })
}

/// Runs a tool. Returns `None` for an unknown name.
pub(super) fn run(name: &str, arguments: &Value) -> Option<Result<Value, String>> {
    let tool = TOOLS.iter().find(|tool| tool.name == name)?;
    Some((tool.run)(arguments))
}

fn text<'a>(arguments: &'a Value, name: &str) -> Result<&'a str, String> {
    arguments[name].as_str().ok_or_else(|| format!("The argument {name} must be a text."))
}

fn check_stock(arguments: &Value) -> Result<Value, String> {
    let name = text(arguments, "product")?;
    let (product, stock, price) =
        PRODUCTS.iter().find(|(product, ..)| product.eq_ignore_ascii_case(name.trim())).ok_or_else(|| {
            let names: Vec<&str> = PRODUCTS.iter().map(|(product, ..)| *product).collect();
            format!("The shop has no product {name:?}. It has: {}.", names.join(", "))
        })?;
    Ok(json!({ "product": product, "in_stock": stock, "price": price, "currency": "NGN" }))
}

fn find_order(arguments: &Value) -> Result<Value, String> {
    let number = text(arguments, "order_number")?;
    let order = ORDERS.iter().find(|(known, ..)| *known == number.trim());
    let (number, product, state) = order.ok_or_else(|| format!("The shop has no order {number:?}."))?;
    Ok(json!({ "order_number": number, "product": product, "state": state }))
}

fn quote_delivery(arguments: &Value) -> Result<Value, String> {
    let city = text(arguments, "city")?.trim();
    let weight = arguments["weight_kg"].as_f64().filter(|weight| *weight > 0.0 && *weight <= 30.0);
    let weight = weight.ok_or("The argument weight_kg must be a number above 0, at most 30.")?;
    let is_near = city.eq_ignore_ascii_case("Lagos");
    let (base, days) = if is_near { (1_500.0, 1) } else { (3_000.0, 3) };
    Ok(json!({ "city": city, "price": (base + 400.0 * weight).round(), "currency": "NGN", "days": days }))
}
