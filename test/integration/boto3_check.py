"""Talks to the sandbox as boto3 does, with nothing but the environment. Prints one JSON object of what came back."""

import json
import time

import boto3

kinesis, s3, redshift, emr, sts, cloudwatch = (
    boto3.client(name) for name in ("kinesis", "s3", "redshift-data", "emr", "sts", "cloudwatch")
)
out = {"account": sts.get_caller_identity()["Account"]}

kinesis.create_stream(StreamName="py", ShardCount=2)
kinesis.get_waiter("stream_exists").wait(StreamName="py", WaiterConfig={"Delay": 1})
put = kinesis.put_records(
    StreamName="py", Records=[{"PartitionKey": f"k{i}", "Data": f"é{i}".encode()} for i in range(50)]
)
out["failed"] = put["FailedRecordCount"]
read = []
for shard in kinesis.list_shards(StreamName="py")["Shards"]:
    iterator = kinesis.get_shard_iterator(
        StreamName="py", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    read += [r["Data"].decode() for r in kinesis.get_records(ShardIterator=iterator)["Records"]]
out["read"] = sorted(read) == sorted(f"é{i}" for i in range(50))

metric = {
    "Id": "m",
    "MetricStat": {
        "Metric": {
            "Namespace": "AWS/Kinesis",
            "MetricName": "IncomingRecords",
            "Dimensions": [{"Name": "StreamName", "Value": "py"}],
        },
        "Period": 60,
        "Stat": "Sum",
    },
}
now = time.time()
got = cloudwatch.get_metric_data(MetricDataQueries=[metric], StartTime=now - 600, EndTime=now + 60)
out["incoming"] = sum(got["MetricDataResults"][0]["Values"])

s3.create_bucket(Bucket="py-bucket")
s3.put_object(Bucket="py-bucket", Key="a b/ü+%.csv", Body=b"1,x\n2,y\n")
out["object"] = s3.get_object(Bucket="py-bucket", Key="a b/ü+%.csv")["Body"].read().decode()

place = {"ClusterIdentifier": "sluice", "Database": "dev", "DbUser": "awsuser"}


def run(*sqls):
    statement = redshift.batch_execute_statement(Sqls=list(sqls), **place)["Id"]
    while True:
        described = redshift.describe_statement(Id=statement)
        if described["Status"] in ("FINISHED", "FAILED", "ABORTED"):
            return statement, described
        time.sleep(0.05)


role = "iam_role 'arn:aws:iam::000000000000:role/py'"
statement, described = run(
    "create table py (id integer, name varchar(8))",
    f"copy py from 's3://py-bucket/a b/' {role} csv",
    "select id, name from py order by id",
)
out["status"] = described.get("Error", described["Status"])
out["rows"] = redshift.get_statement_result(Id=f"{statement}:3")["Records"]
out["error"] = run("select * from missing")[1]["Error"]
out["clusters"] = len(emr.list_clusters()["Clusters"])
try:
    kinesis.register_stream_consumer(StreamARN="arn:aws:kinesis:us-east-1:000000000000:stream/py", ConsumerName="c")
except Exception as error:  # noqa: BLE001 - its text is what is tested
    out["unknown"] = str(error)
print(json.dumps(out))
