"""What may be filled into a form? form-js schemas: findings at publication, validation at completion.

The error tree of forms:

FormError   the schema cannot be executed (a DefinitionError; carries the findings)
"""

from pathways.forms.findings import FormError, form_findings
from pathways.forms.submission import FieldError, Submission, read_submission, validate_form

__all__ = ["FieldError", "FormError", "Submission", "form_findings", "read_submission", "validate_form"]
