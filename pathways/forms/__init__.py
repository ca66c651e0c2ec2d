"""What may be filled into a form? form-js schemas: findings at publication, validation at completion."""

from pathways.forms.findings import form_findings
from pathways.forms.submission import FieldError, Submission, read_submission, validate_form

__all__ = ["FieldError", "Submission", "form_findings", "read_submission", "validate_form"]
