"""Tables, constraints and one-row facts."""

from questions.models.append_only import Frozen, forget
from questions.models.bank import (
    Exam,
    Fact,
    FactChange,
    Item,
    ItemCalibration,
    ItemVersion,
    NoteFile,
    NoteSection,
    ReviewEvent,
    Tag,
)
from questions.models.engine import (
    CalibrationCursor,
    CalibrationReport,
    EngineDeployment,
    EngineEvent,
    EngineVersion,
    ItemFlag,
    MemoryFit,
    ReadinessPoint,
    ReadinessRecord,
    TagDifficulty,
)
from questions.models.gate import writing
from questions.models.marks import Bookmark, PrivateNote, Report
from questions.models.people import User
from questions.models.practice import Answer, PracticeSession, RefusedAnswer, ServedItem
from questions.models.progress import (
    Heartbeat,
    LearnerState,
    MemoryState,
    Notice,
    belief_from_json,
    belief_to_json,
    memory_columns,
)
from questions.models.search import SearchText

__all__ = [
    "Answer",
    "Bookmark",
    "CalibrationCursor",
    "CalibrationReport",
    "EngineDeployment",
    "EngineEvent",
    "EngineVersion",
    "Exam",
    "Fact",
    "FactChange",
    "Frozen",
    "Heartbeat",
    "Item",
    "ItemCalibration",
    "ItemFlag",
    "ItemVersion",
    "LearnerState",
    "MemoryFit",
    "MemoryState",
    "NoteFile",
    "NoteSection",
    "Notice",
    "PracticeSession",
    "PrivateNote",
    "ReadinessPoint",
    "ReadinessRecord",
    "RefusedAnswer",
    "Report",
    "ReviewEvent",
    "SearchText",
    "ServedItem",
    "Tag",
    "TagDifficulty",
    "User",
    "belief_from_json",
    "belief_to_json",
    "forget",
    "memory_columns",
    "writing",
]
