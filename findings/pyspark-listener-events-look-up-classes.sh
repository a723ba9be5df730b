#!/bin/sh
# PySpark 4.0.2: each QueryProgressEvent that a Python StreamingQueryListener gets costs some two hundred look-ups of
# classes in Java, before the listener's own code runs.
#
# PySpark turns the event of Java into one of Python member by member; a map is read by iterating over a Py4J JavaMap.
# Each iteration ends with java.util.NoSuchElementException, which PySpark converts as any error of Java: it asks
# "is it an AnalysisException, a ParseException, ..." some 13 times, and each question resolves
# `py4j.reflection.TypeUtil` by name, three look-ups, in all jars of Spark. A progress has five maps.
# The event has a method `json`, which gives all of it in one call and looks up nothing.
#
# Seen with Java 17 and Python 3.11: 195 and more look-ups an event by PySpark, none by `json`.
# Needs Java 17 or later, Python 3.10 to 3.13, and network for pip. Fails if PySpark no longer does this.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pyspark==4.0.2
cat >"$folder/listen.py" <<'PYTHON'
import os
import sys
import threading

os.environ["PYSPARK_PYTHON"] = sys.executable

import py4j.java_gateway as gateway
from pyspark.sql import SparkSession
from pyspark.sql.streaming import StreamingQueryListener
from pyspark.sql.streaming.listener import QueryProgressEvent

looked_up = 0


def count(kind):
    ask = kind.__getattr__

    def counted(self, name):
        global looked_up
        looked_up += 1
        return ask(self, name)

    kind.__getattr__ = counted


by_pyspark, by_json = [], []
done = threading.Event()
convert = QueryProgressEvent.fromJObject


def measured(event):
    before = looked_up
    event.progress().json()
    by_json.append(looked_up - before)
    before = looked_up
    converted = convert(event)
    by_pyspark.append(looked_up - before)
    return converted


class Listener(StreamingQueryListener):
    def onQueryStarted(self, event):
        pass

    def onQueryProgress(self, event):
        if len(by_pyspark) >= 3:
            done.set()

    def onQueryIdle(self, event):
        pass

    def onQueryTerminated(self, event):
        pass


spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.driver.host", "127.0.0.1")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
spark.streams.addListener(Listener())
for kind in (gateway.JVMView, gateway.JavaPackage):
    count(kind)
QueryProgressEvent.fromJObject = staticmethod(measured)
stream = spark.readStream.format("rate").load()
query = stream.writeStream.format("noop").trigger(processingTime="500 milliseconds").start()
done.wait(60)
query.stop()
print(f"PySpark {spark.version}: look-ups an event: by PySpark {by_pyspark[:3]}, by json {by_json[:3]}")
java = spark.sparkContext._gateway.proc
spark.stop()
java.stdin.close()
java.wait(60)
if len(by_pyspark) < 3 or min(by_pyspark[:3]) < 100 or max(by_json[:3]) > 0:
    sys.exit("this changed")
PYTHON
"$folder/venv/bin/python" "$folder/listen.py"
