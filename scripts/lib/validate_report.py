"""Says whether programs of others accept what `sealift report` wrote: validate_report.py spdx|cyclonedx|in-toto FILE.

Prints `ok`, or a line for each fault, and then fails.
"""

import json
import pathlib
import sys


def spdx(path):
    from spdx_tools.spdx.parser.error import SPDXParsingError
    from spdx_tools.spdx.parser.json import json_parser
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
    try:
        document = json_parser.parse_from_file(str(path))
    except SPDXParsingError as error:
        return error.get_messages()
    return [message.validation_message for message in validate_full_spdx_document(document)]


def cyclonedx(path):
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(path.read_text())
    return [] if error is None else [str(error)]


def in_toto(path):
    from google.protobuf import json_format
    from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
    from in_toto_attestation.v1 import statement, statement_pb2
    document = json.loads(path.read_text())
    try:
        # A member that the schema does not have is an error.
        parsed = json_format.ParseDict(document, statement_pb2.Statement())
        statement.Statement.copy_from_pb(parsed).validate()
        json_format.ParseDict(document["predicate"], provenance_pb2.Provenance())
    except (json_format.ParseError, ValueError) as error:
        return [str(error)]
    return []


faults = {"spdx": spdx, "cyclonedx": cyclonedx, "in-toto": in_toto}[sys.argv[1]](pathlib.Path(sys.argv[2]))
print("\n".join(faults) or "ok")
sys.exit(1 if faults else 0)
