"""Which tables are there? All of them, by group; importing this fills `SQLModel.metadata`."""

from records.tables.access import BrokenGlass, CaseParty, ProxyGrant
from records.tables.batch import Batch, BatchItem
from records.tables.case import (
    AwaitedKey,
    Case,
    CaseKey,
    Incident,
    OpenActivation,
    ScopeVariables,
    Subscription,
    Timer,
)
from records.tables.conversation import Thread, ThreadMessage
from records.tables.exchange import DeliveryAttempt, Document, Handoff, Notification, Referral, ServiceInbox
from records.tables.experience import Experience
from records.tables.feedback import StepFeedback
from records.tables.keys import DataKey
from records.tables.library import Form, PublishedDefinition
from records.tables.lineage import Lineage
from records.tables.log import Audit, AuditedCase, AuditHead, CaseStart, FactRecord, Idempotency, Message, Signal
from records.tables.meetings import ListedCase
from records.tables.orders import OrderRecord, OrderWithdrawal
from records.tables.patient_voice import JournalEntry, PatientPreference
from records.tables.patients import Patient, PatientDoubt, PatientIdentifier
from records.tables.people import Absence, Authority, CareTeamMember, PersonSeen
from records.tables.rungs import RungStart
from records.tables.sharing import Consent, Disclosure
from records.tables.starts import NotedStart, TimerPlan, TimerStart
from records.tables.task import OPEN_STATES, Draft, Task, TaskCandidate
from records.tables.watch import ToldTwice, WatchRound

__all__ = [
    "OPEN_STATES",
    "Absence",
    "Audit",
    "AuditHead",
    "AuditedCase",
    "Authority",
    "AwaitedKey",
    "Batch",
    "BatchItem",
    "BrokenGlass",
    "CareTeamMember",
    "Case",
    "CaseKey",
    "CaseParty",
    "CaseStart",
    "Consent",
    "DataKey",
    "DeliveryAttempt",
    "Disclosure",
    "Document",
    "Draft",
    "Experience",
    "FactRecord",
    "Form",
    "Handoff",
    "Idempotency",
    "Incident",
    "JournalEntry",
    "Lineage",
    "ListedCase",
    "Message",
    "NotedStart",
    "Notification",
    "OpenActivation",
    "OrderRecord",
    "OrderWithdrawal",
    "Patient",
    "PatientDoubt",
    "PatientIdentifier",
    "PatientPreference",
    "PersonSeen",
    "ProxyGrant",
    "PublishedDefinition",
    "Referral",
    "RungStart",
    "ScopeVariables",
    "ServiceInbox",
    "Signal",
    "StepFeedback",
    "Subscription",
    "Task",
    "TaskCandidate",
    "Thread",
    "ThreadMessage",
    "Timer",
    "TimerPlan",
    "TimerStart",
    "ToldTwice",
    "WatchRound",
]
