"""The nodes of an OPC UA server that stand for a plant's variables, all derived from the table of variables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from asyncua import ua
from asyncua.server.server import Server
from asyncua.ua.object_ids import ObjectIds

from twin.variables import Variable

UNIT_NAMESPACE = "http://www.opcfoundation.org/UA/units/un/cefact"

UNIT_CODES = {
    "1": "C62",
    "%": "P1",
    "A": "AMP",
    "C": "CEL",
    "Hz": "HTZ",
    "V": "VLT",
    "bar": "BAR",
    "h": "HUR",
    "kV": "KVT",
    "kVA": "KVA",
    "kW": "KWT",
    "kWh": "KWH",
    "kvar": "KVR",
    "l/min": "L2",
    "min": "MIN",
    "mm": "MMT",
    "mm/s": "C16",
    "ppm": "59",
    "rpm": "RPM",
    "s": "SEC",
}
"""Common codes of UN/CEFACT recommendation 20; a unit that has none, such as parts/h, goes by its name alone."""


@dataclass(frozen=True, slots=True)
class PlantNodes:
    """Where everything is: the variable of each node, and the nodes of the server's own."""

    variables: dict[ua.NodeId, Variable]
    time: ua.NodeId
    pace: ua.NodeId
    last_refusal: ua.NodeId


async def add_nodes(
    server: Server, namespace: int, scenario: str, variables: Iterable[Variable], *, allow_writes: bool
) -> PlantNodes:
    """Add `SCENARIO/line1/weld/temperature_c` and so on under Objects; node ids are the variables' names."""
    root = _object(server, namespace, _standard(ObjectIds.ObjectsFolder), scenario, scenario)
    places: dict[str, ua.NodeId] = {}
    nodes: dict[ua.NodeId, Variable] = {}
    for variable in variables:
        *path, quantity = variable.name.split(".")
        parent = root
        for depth, place in enumerate(path, 1):
            name = ".".join(path[:depth])
            if name not in places:
                places[name] = _object(server, namespace, parent, name, place)
            parent = places[name]
        node = _variable(
            server,
            parent,
            _named(variable.name, namespace),
            ua.QualifiedName(quantity, namespace),
            ua.Variant(float(variable.low), ua.VariantType.Double),
            variable.description,
            kind=ObjectIds.AnalogItemType,
            writable=allow_writes and variable.writable,
        )
        _property(server, node, "EURange", ua.Range(Low=float(variable.low), High=float(variable.high)))
        _property(server, node, "EngineeringUnits", engineering_unit(variable.unit))
        nodes[node] = variable

    def own(name: str, value: ua.Variant, text: str) -> ua.NodeId:
        node = _named(f"{scenario}.{name}", namespace)
        return _variable(server, root, node, ua.QualifiedName(name, namespace), value, text)

    return PlantNodes(
        variables=nodes,
        time=own("plant_time", ua.Variant("", ua.VariantType.String), "plant time, ISO 8601"),
        pace=own("pace", ua.Variant(0.0, ua.VariantType.Double), "plant seconds per wall second"),
        last_refusal=own(
            "last_refusal", ua.Variant("", ua.VariantType.String), "why the plant refused the latest write that it did"
        ),
    )


def engineering_unit(unit: str) -> ua.EUInformation:
    """Write a unit as OPC 10000-8 wants it: the UN/CEFACT code as a number, or -1 where there is none."""
    code = UNIT_CODES.get(unit)
    return ua.EUInformation(
        NamespaceUri=UNIT_NAMESPACE if code else None,
        UnitId=int.from_bytes(code.encode(), "big") if code else -1,
        DisplayName=ua.LocalizedText(unit),
        Description=ua.LocalizedText(unit),
    )


def _object(server: Server, namespace: int, parent: ua.NodeId, name: str, shown: str) -> ua.NodeId:
    attributes = ua.ObjectAttributes()
    attributes.DisplayName = ua.LocalizedText(shown)
    attributes.Description = ua.LocalizedText(name)
    item = ua.AddNodesItem()
    item.NodeClass = ua.NodeClass.Object
    item.NodeAttributes = attributes
    item.TypeDefinition = _standard(ObjectIds.BaseObjectType)
    organized = parent == _standard(ObjectIds.ObjectsFolder)
    reference = ObjectIds.Organizes if organized else ObjectIds.HasComponent
    return _add(server, item, parent, reference, _named(name, namespace), ua.QualifiedName(shown, namespace))


def _variable(
    server: Server,
    parent: ua.NodeId,
    node: ua.NodeId,
    name: ua.QualifiedName,
    value: ua.Variant,
    description: str,
    *,
    kind: int = ObjectIds.BaseDataVariableType,
    writable: bool = False,
) -> ua.NodeId:
    access = ua.AccessLevel.CurrentRead.mask | (ua.AccessLevel.CurrentWrite.mask if writable else 0)
    attributes = ua.VariableAttributes()
    attributes.DisplayName = ua.LocalizedText(name.Name)
    attributes.Description = ua.LocalizedText(description)
    attributes.Value = value
    attributes.DataType = _standard(value.VariantType.value)
    attributes.ValueRank = ua.ValueRank.Scalar
    attributes.Historizing = False
    attributes.AccessLevel = attributes.UserAccessLevel = access
    item = ua.AddNodesItem()
    item.NodeClass = ua.NodeClass.Variable
    item.NodeAttributes = attributes
    item.TypeDefinition = _standard(kind)
    return _add(server, item, parent, ObjectIds.HasComponent, node, name)


def _property(server: Server, parent: ua.NodeId, name: str, value: ua.Range | ua.EUInformation) -> None:
    attributes = ua.VariableAttributes()
    attributes.DisplayName = attributes.Description = ua.LocalizedText(name)
    attributes.Value = ua.Variant(value, ua.VariantType.ExtensionObject)
    attributes.DataType = type(value).data_type
    attributes.ValueRank = ua.ValueRank.Scalar
    attributes.Historizing = False
    attributes.AccessLevel = attributes.UserAccessLevel = ua.AccessLevel.CurrentRead.mask
    item = ua.AddNodesItem()
    item.NodeClass = ua.NodeClass.Variable
    item.NodeAttributes = attributes
    item.TypeDefinition = _standard(ObjectIds.PropertyType)
    node = _named(f"{parent.Identifier!s}.{name}", parent.NamespaceIndex)
    # The standard's own properties have names in the standard's namespace: clients look for them there.
    _add(server, item, parent, ObjectIds.HasProperty, node, ua.QualifiedName(name, 0))


def _add(
    server: Server, item: ua.AddNodesItem, parent: ua.NodeId, reference: int, node: ua.NodeId, name: ua.QualifiedName
) -> ua.NodeId:
    item.RequestedNewNodeId = node
    item.BrowseName = name
    item.ParentNodeId = parent
    item.ReferenceTypeId = _standard(reference)
    (added,) = server.iserver.node_mgt_service.add_nodes([item])
    added.StatusCode.check()
    return node


def _standard(number: int) -> ua.NodeId:
    return ua.NodeId(ua.Int32(number))


def _named(name: str, namespace: int) -> ua.NodeId:
    return ua.NodeId(ua.String(name), ua.Int16(namespace))
