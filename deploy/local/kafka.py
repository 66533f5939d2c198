"""Kafka on this machine: one KRaft broker from pinned jars under Java."""

from __future__ import annotations

import base64
import shutil
import subprocess
import uuid
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from deploy.local.answering import port_answers
from deploy.local.cache import built_once
from deploy.local.configuration import Configuration
from deploy.local.keeper import ProcessDefinition
from deploy.local.layout import PROJECT, Layout, cache_folder
from deploy.local.problems import LocalError
from deploy.local.state import write_whole

POM = PROJECT / "deploy" / "local" / "jars" / "pom.xml"
BROKER_PORT, CONTROLLER_PORT = 0, 1

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
# One broker keeps the only copy; topics are made by our own code with the partitions of topics.yaml.
auto.create.topics.enable=false
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=5
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
# Without it each commit of an offset waits 5 ms.
group.coordinator.append.linger.ms=0
group.initial.rebalance.delay.ms=0
# A killed broker may register again only when its old session is over: 9 seconds unless said otherwise.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
# A killed consumer's partitions move on soon.
group.min.session.timeout.ms=1000
"""


def _cache_name() -> str:
    return f"kafka-{sha256(POM.read_bytes()).hexdigest()[:16]}"


def jars_present() -> bool:
    """Tell whether the jars were fetched, so that Maven is not needed."""
    return (cache_folder() / _cache_name()).exists()


def kafka_jars(*, tell: Callable[[str], None]) -> Path:
    """Give the folder of the broker's jars, fetched once by Maven."""
    return built_once(_cache_name(), _fetch, tell=tell, what="Kafka's jars, with Maven", takes="under a minute")


def _fetch(folder: Path) -> None:
    pom = folder / "pom.xml"
    shutil.copyfile(POM, pom)
    command = ["mvn", "--batch-mode", "--quiet", "-Dstyle.color=never", "-f", str(pom), "dependency:copy-dependencies"]
    command += ["-DincludeScope=runtime", f"-DoutputDirectory={folder / 'jars'}"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own command
    if done.returncode != 0:
        raise LocalError(
            f"Maven could not fetch Kafka: {(done.stdout + done.stderr).strip()[-1500:]}",
            remedy="Check Maven's access to a repository (~/.m2/settings.xml), or give a Kafka with "
            "AUXILIA_KAFKA_BOOTSTRAP=host:port.",
        )


class LocalKafka:
    """The broker of one instance."""

    def __init__(self, layout: Layout, configuration: Configuration, *, tell: Callable[[str], None]) -> None:
        self.layout = layout
        self.configuration = configuration
        self._tell = tell

    @property
    def bootstrap(self) -> str:
        """The address clients begin with."""
        return f"127.0.0.1:{self.configuration.port(BROKER_PORT)}"

    @property
    def _properties(self) -> Path:
        return self.layout.kafka / "server.properties"

    def prepare(self) -> None:
        """Write the broker's settings and, once, format its storage."""
        self._class_path = f"{kafka_jars(tell=self._tell) / 'jars'}/*"
        data = self.layout.kafka / "data"
        text = PROPERTIES.format(
            broker=self.configuration.port(BROKER_PORT), controller=self.configuration.port(CONTROLLER_PORT), data=data
        )
        write_whole(self._properties, text)
        self._quiet_log = self.layout.kafka / "log4j2.properties"
        write_whole(self._quiet_log, LOGGING)
        if (data / "meta.properties").exists():
            return
        shutil.rmtree(data, ignore_errors=True)
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        command = ["java", "-cp", self._class_path, "kafka.tools.StorageTool", "format"]
        # A leading hyphen in the random id would read as an option.
        command += ["-t", f"A{cluster[1:]}", "-c", str(self._properties)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own command
        if done.returncode != 0:
            raise LocalError(f"Kafka's storage could not be formatted: {(done.stdout + done.stderr).strip()[-1500:]}")

    def definition(self) -> ProcessDefinition:
        """Say how to run the broker."""
        port = self.configuration.port(BROKER_PORT)
        command = ["java", "-Xms64m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=4"]
        command += [f"-Dlog4j2.configurationFile={self._quiet_log}", "-cp", self._class_path]
        command += ["kafka.Kafka", str(self._properties)]
        return ProcessDefinition(
            name="kafka",
            kind="server",
            command=tuple(command),
            environment={},
            log=self.layout.logs / "kafka.log",
            ready=lambda: port_answers(port),
            url=self.bootstrap,
        )


LOGGING = """\
rootLogger.level=warn
rootLogger.appenderRef.stdout.ref=stdout
appender.stdout.type=Console
appender.stdout.name=stdout
appender.stdout.layout.type=PatternLayout
appender.stdout.layout.pattern=%d{ISO8601} %p %m (%c)%n
"""
