"""What botocore gets by a login that another program has left in ~/.aws/sso/cache, as JSON on stdout."""

import json
import sys

import boto3


def main(profile: str, account: str) -> None:
    session = boto3.Session(profile_name=profile)
    found = session.get_credentials()
    keys = found.get_frozen_credentials()
    token = session._session.get_auth_token().get_frozen_token()
    sso = session.client("sso", region_name="eu-central-1")
    pages = sso.get_paginator("list_account_roles").paginate(
        accessToken=token.token, accountId=account, PaginationConfig={"PageSize": 1}
    )
    json.dump(
        {
            "method": found.method,
            "accessKeyId": keys.access_key,
            "accounts": [a["accountId"] for a in sso.list_accounts(accessToken=token.token)["accountList"]],
            "roles": [role["roleName"] for page in pages for role in page["roleList"]],
            "token": token.token,
            "expiration": token.expiration.isoformat(),
        },
        sys.stdout,
    )


main(*sys.argv[1:])
