"""A patient or carer asks something: the key worker answers by a time, and the answer goes back to the thread."""

from diagram import Diagram

diagram = d = Diagram(
    "patient_question",
    "Question of a patient",
    version_tag="1.0.0",
    doc="The named key worker, else the role, answers a question in words that the patient understands. Demo template: "
    "needs local clinical sign-off before use.",
)

d.lane("key_worker", "Key worker")
d.lane("engine", "Engine")

d.start("s0", "Question asked", ("engine", 0))
d.user(
    "answer",
    "Answer the patient's question",
    ("key_worker", 1),
    doc="The answer is read by the patient as it is written.",
    groups="key_worker",
    assignee="=key_worker",
    priority=60,
    form="patient_question.answer",
    properties={
        "escalation": "LAD-URGENT",
        "calendar": "always",
        "expectedDuration": '=if answer_within = null then "P2D" else answer_within',
        "patientText": "Your key worker reads your question and answers it.",
        "patientText.de": "Ihre feste Ansprechperson liest Ihre Frage und beantwortet sie.",
    },
    inputs={"question": "=question"},
    outputs={"answer": "=answer"},
)
d.service(
    "post",
    "Put the answer into the thread",
    ("engine", 2),
    type="thread.post",
    headers={"answered_in": "answer"},
    inputs={"thread_id": "=thread_id", "text": "=answer"},
)
d.end("end_answered", "Answered", ("engine", 3))

d.path("s0", "answer", "post", "end_answered")
