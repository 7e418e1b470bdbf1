"""What BaseAgent does with what is said to it: it answers as its persona, through the language model."""
