"""Which tables are there? All of them, by group; importing this fills `SQLModel.metadata`."""

from records.tables.batch import Batch, BatchItem
from records.tables.case import Case, CaseKey, Incident, OpenActivation, ScopeVariables, Subscription, Timer
from records.tables.exchange import DeliveryAttempt, Document, Handoff, Notification, Referral, ServiceInbox
from records.tables.keys import DataKey
from records.tables.library import Form, PublishedDefinition
from records.tables.log import Audit, CaseStart, FactRecord, Idempotency, Message, Signal
from records.tables.starts import NotedStart, TimerPlan, TimerStart
from records.tables.task import OPEN_STATES, Draft, Task, TaskCandidate
from records.tables.watch import WatchRound

__all__ = [
    "OPEN_STATES",
    "Audit",
    "Batch",
    "BatchItem",
    "Case",
    "CaseKey",
    "CaseStart",
    "DataKey",
    "DeliveryAttempt",
    "Document",
    "Draft",
    "FactRecord",
    "Form",
    "Handoff",
    "Idempotency",
    "Incident",
    "Message",
    "NotedStart",
    "Notification",
    "OpenActivation",
    "PublishedDefinition",
    "Referral",
    "ScopeVariables",
    "ServiceInbox",
    "Signal",
    "Subscription",
    "Task",
    "TaskCandidate",
    "Timer",
    "TimerPlan",
    "TimerStart",
    "WatchRound",
]
