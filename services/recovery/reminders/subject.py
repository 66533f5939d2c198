"""What reminders bring: the steps of the amicable phase."""

from __future__ import annotations

from typing import Final

from services.recovery.reminders.activities import ReminderActivities
from shared.platform.composition import Subject

SUBJECT: Final = Subject(name="reminders", activities=lambda context: ReminderActivities(context).all())
