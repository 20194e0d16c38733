"""schemathesis sends valid and invalid requests to every route of the OpenAPI document, one by one and in chains.

Refused are: any 5xx, answers that the document does not describe (status, type, headers, schema), invalid requests that
are accepted, wrong answers to unsupported methods, and things that are still there after they were deleted. Not asked
is that every valid request succeeds: most random ones name models and layers that do not exist.
"""

import os
import pathlib
import subprocess
import sys

# A file of this name lies beside the package of that name.
sys.path.pop(0)

url, work = sys.argv[1:3]
settings = pathlib.Path(__file__).with_suffix(".toml").resolve()
checks = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
]
command = [
    "schemathesis",
    f"--config-file={settings}",
    "run",
    f"{url}/openapi.json",
    "--mode=all",
    f"--checks={','.join(checks)}",
    "--phases=examples,coverage,fuzzing,stateful",
    f"--max-examples={os.environ.get('EXAMPLES', '25')}",
    "--continue-on-failure",
    "--suppress-health-check=all",
    "--warnings=off",
    "--request-timeout=60",
    "--seed=1",
]
raise SystemExit(subprocess.run(command + sys.argv[3:], cwd=work).returncode)
