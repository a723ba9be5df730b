"""What botocore reads in the AWS CLI's files: cases as JSON on stdin, what it makes of each on stdout."""

import base64
import json
import os
import sys
import tempfile

import botocore.session
from botocore.exceptions import BotoCoreError, CredentialRetrievalError


def read(folder: str, case: dict) -> dict:
    for name in ("config", "credentials"):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            os.remove(path)
        if case.get(name) is not None:
            with open(path, "wb") as file:
                file.write(base64.b64decode(case[name]))
    session = botocore.session.Session()
    try:
        config = session.full_config
    except BotoCoreError as error:
        return {"refused": type(error).__name__}
    return {
        "names": session.available_profiles,
        "profiles": config["profiles"],
        "ssoSessions": config.get("sso_sessions", {}),
        "services": config.get("services", {}),
        "each": {name: ask(name) for name in config["profiles"]} if case["each"] else {},
    }


def ask(name: str) -> dict:
    """The region of a profile, and by which of its providers botocore gets its credentials, without a network."""
    session = botocore.session.Session(profile=name)
    region = session.get_config_variable("region")
    try:
        found = session.get_credentials()
    except CredentialRetrievalError as error:
        # It was asked, and had none.
        return {"region": region, "method": error.kwargs["provider"]}
    except BotoCoreError as error:
        return {"region": region, "refused": type(error).__name__}
    return {"region": region, "method": found.method if found else None}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["AWS_CONFIG_FILE"] = os.path.join(folder, "config")
        os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.path.join(folder, "credentials")
        json.dump([read(folder, case) for case in json.load(sys.stdin)], sys.stdout)


main()
