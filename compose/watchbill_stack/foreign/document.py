"""The documents of a file, be it JSON or YAML, a list of Kubernetes objects, or a ConfigMap that holds other files."""

from collections.abc import Iterator

from watchbill_stack.foreign.json_tree import json_document
from watchbill_stack.foreign.node import Node
from watchbill_stack.foreign.source import Source, WrongSource
from watchbill_stack.foreign.yaml_tree import yaml_documents

_STRUCTURED = (".json", ".yaml", ".yml", ".rules")


def documents(source: Source) -> Iterator[tuple[Source, Node]]:
    """Each document with the text that it stands in.

    Raises WrongSource for what is neither JSON nor YAML.
    """
    for tree in _trees(source):
        if tree.kind != "nothing":
            yield from _unfolded(source, tree)


def _trees(source: Source) -> tuple[Node, ...]:
    if not source.text.lstrip().startswith("{"):
        return yaml_documents(source)
    try:
        return (json_document(source),)
    except WrongSource:
        if source.file.endswith((".yaml", ".yml")):
            return yaml_documents(source)
        raise


def _unfolded(source: Source, tree: Node) -> Iterator[tuple[Source, Node]]:
    kind = tree.get("kind").string
    if kind.endswith("List") and tree.get("items").items is not None:
        for item in tree.get("items").each():
            yield from _unfolded(source, _named(item, kind))
    elif kind == "ConfigMap":
        for name, content in tree.get("data").entries():
            if name.endswith(_STRUCTURED):
                inner = Source(source.file, content.string, source.before + content.line - 1)
                yield from ((inner, one) for one in _trees(inner) if one.kind != "nothing")
    else:
        yield source, tree


def _named(item: Node, kind: str) -> Node:
    """An item of a list of one kind may leave its kind out."""
    if item.fields is None or item.has("kind") or kind == "List":
        return item
    return Node.of_fields(item.line, {**item.fields, "kind": Node(item.line, text=kind.removesuffix("List"))})
