/**
 * Where the environments are, on each machine of a cluster. EMR runs bootstrap actions as the user `hadoop`, on each
 * machine that is added later, too (EMR Management Guide, "Create bootstrap actions to install additional software").
 */
const ENVIRONMENTS = '/opt/sluice'

/** What a cluster's Spark is configured to start, on whatever environment its bootstrap action has made. */
export const clusterPython = (id: string): string => `${ENVIRONMENTS}/${id}/bin/python`

/**
 * The bootstrap action: makes an environment of the release's own Python and installs the wheels of the list in it, by
 * their hashes, from S3. It asks nobody else. Done again, it changes nothing; ended anywhere, it begins again.
 */
export const BOOTSTRAP_SCRIPT = `#!/bin/bash
# Sluice: the Python packages of the streaming job, from S3 alone.
# install.sh BUCKET LIST_KEY ID PYTHON [FOLDER]
set -euo pipefail

fail() {
  echo "sluice: $*" >&2
  exit 1
}

[ "$#" -ge 4 ] || fail "needs a bucket, the key of the list of wheels, an id and a version of Python"
bucket=$1 list=$2 id=$3 version=$4 folder=\${5:-${ENVIRONMENTS}}
environment="$folder/$id"

if [ -f "$environment/sluice-wheelhouse" ]; then
  echo "sluice: the packages $id are installed already in $environment"
  exit 0
fi
python=$(command -v "python$version") || fail "this machine has no python$version: take a release of EMR that has it"
command -v aws >/dev/null || fail "this machine has no AWS CLI, with which the wheels are read from S3"
if [ ! -d "$folder" ]; then
  mkdir -p "$folder" 2>/dev/null || { sudo mkdir -p "$folder" && sudo chown "$(id -u):$(id -g)" "$folder"; }
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
get() {
  aws s3 cp --only-show-errors "s3://$bucket/$1" "$2" </dev/null ||
    fail "s3://$bucket/$1 cannot be read: deploy the artifacts, and see that the machines' role may read them"
}
get "$list" "$work/requirements.txt"
mkdir "$work/wheels"
while read -r requirement hash _ key file; do
  get "$key" "$work/wheels/$file"
  echo "\${hash#--hash=sha256:}  $work/wheels/$file" | sha256sum --check --quiet --strict - >&2 ||
    fail "s3://$bucket/$key is not the wheel that was deployed for $requirement: deploy the artifacts again"
done <"$work/requirements.txt"

# What an attempt before this one left has no name of its own in it, and goes.
rm -rf "$environment"
"$python" -m venv --without-pip "$environment" || fail "$python cannot make an environment"
pip=$(echo "$work"/wheels/pip-*.whl)
# Neither settings of pip nor an index: what is not in the list cannot come.
PIP_CONFIG_FILE=/dev/null "$environment/bin/python" "$pip/pip" --isolated install --quiet --no-index --no-cache-dir \\
  --disable-pip-version-check --find-links "$work/wheels" --require-hashes --only-binary :all: \\
  --requirement "$work/requirements.txt" || fail "pip could not install the packages $id"
echo "$id" >"$environment/sluice-wheelhouse"
echo "sluice: installed the packages $id in $environment"
`
