"""Results work as fields of pydantic models."""

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from bimpe import Model, types

DATA = {
    "id": "c1",
    "type": "whatsapp",
    "name": "Shop",
    "status": "enabled",
    "is_connected": True,
    "extra_field": [1],
}


class Shop(BaseModel):
    channel: types.Channel
    others: list[types.Channel] = []


def test_results_are_fields_of_pydantic_models() -> None:
    channel = types.Channel.from_dict(DATA)
    shop = Shop(channel=channel, others=[DATA])  # type: ignore[list-item]
    assert shop.channel is channel
    assert shop.others == [channel]
    assert shop.model_dump() == {"channel": DATA, "others": [DATA]}
    assert Shop.model_validate_json(shop.model_dump_json()) == shop
    schema = Shop.model_json_schema()
    assert schema["properties"]["channel"] == {"$ref": "#/$defs/Channel"}
    assert schema["$defs"]["Channel"]["title"] == "Channel"
    with pytest.raises(ValidationError, match="must be a Channel or a dict"):
        Shop(channel=3)  # type: ignore[arg-type]


def test_schemas_describe_the_fields() -> None:
    for mode in ("validation", "serialization"):
        schema = TypeAdapter(types.AgentTestCode).json_schema(mode=mode)  # type: ignore[arg-type]
        assert schema["properties"]["code"]["type"] == "string"
        assert schema["title"] == "AgentTestCode"
        # An object within an object is described as well.
        assert schema["properties"]["channels"] == {"$ref": "#/$defs/TestCodeChannels"}
        assert schema["$defs"]["TestCodeWhatsapp"]["title"]
        assert schema.get("additionalProperties") is True


def test_every_result_has_a_schema() -> None:
    for name in types.__all__:
        kind = getattr(types, name)
        if isinstance(kind, type) and issubclass(kind, Model):
            assert TypeAdapter(kind).json_schema()["title"] == kind.__name__
