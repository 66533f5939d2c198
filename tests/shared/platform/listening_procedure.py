"""A procedure for tests: it listens until it is told to end, and tells what it heard."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from pydantic import BaseModel


class Heard(BaseModel):
    """One thing said."""

    number: int


@workflow.defn
class Listening:
    """Listens to signals in order."""

    @workflow.init
    def __init__(self, first: Heard) -> None:
        self.heard = [first.number]
        self.ended = False

    @workflow.run
    async def run(self, _first: Heard) -> list[int]:
        await workflow.wait_condition(lambda: self.ended)
        return self.heard

    @workflow.signal
    def say(self, said: Heard) -> None:
        """Hear a number."""
        self.heard.append(said.number)

    @workflow.signal
    def end(self, _said: Heard) -> None:
        """Stop listening."""
        self.ended = True

    @workflow.query
    def all_heard(self) -> list[int]:
        """Tell what was heard so far."""
        return self.heard
