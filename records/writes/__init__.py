"""What does the API write that is not a fact? Referrals, messages, answers, drafts, publications, audit."""
