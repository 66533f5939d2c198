"""What people decide, do and may see: tasks, approvals, the audit, documents, procedures that are stuck."""
