"""What the special roll and the warrant bring: the two steps of RGS art. 47bis."""

from __future__ import annotations

from typing import Final

from services.recovery.roll_and_warrant.activities import WarrantActivities
from shared.platform.composition import Subject

SUBJECT: Final = Subject(name="roll_and_warrant", activities=lambda context: WarrantActivities(context).all())
