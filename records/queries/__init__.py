"""What can be asked of the read model? Each file answers one kind of question; none of them changes anything."""
