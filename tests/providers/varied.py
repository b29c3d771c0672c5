"""Fifty prompts of many kinds: questions, tasks, languages, code, data, examples, long ones, begun answers."""

from __future__ import annotations

from workbench.core.completion import Message

_ALONE = (
    "Name three colours.",
    "Why is the sky blue?",
    "A haiku on rain!",
    "2 + 2 =",
    "What is the capital of Peru?",
    "Translate into French: The cat sleeps on the warm roof.",
    "Traduis en anglais : Il pleut depuis trois jours.",
    "Wer hat den Faust geschrieben?",
    "¿Cuántos días tiene febrero en un año bisiesto?",
    "東京はどこにありますか。",
    "Сколько будет семь раз восемь?",
    "ما هي عاصمة مصر؟",
    "Write a Python function that reverses a string.",
    "Explain what `git rebase` does to a beginner.",
    "```sql\nSELECT name FROM users WHERE\n```\nComplete this query so that it finds adults.",
    "Give me JSON with the keys name and age for a girl of seven.",
    'Fix this JSON: {"a": 1, "b": [1, 2,}',
    "Summarise in five words: The committee met on Monday and decided nothing at all.",
    "Is this review positive or negative? 'The battery died after an hour.'",
    "Classify the ticket as billing, technical or other: I was charged twice this month.",
    "List the planets of the solar system.",
    "Count from one to ten in words.",
    "Repeat the word spam five times.",
    "What comes next: Monday, Tuesday, Wednesday,",
    "If Anna has 3 apples and buys 4 more, how many has she?",
    "A train goes 60 km in 45 minutes. How fast is it in km/h? Think step by step.",
    "Write a limerick about a parrot.",
    "Write a polite e-mail that declines an invitation to a wedding.",
    "Write a product description for a red umbrella in two sentences.",
    "Which is heavier, a kilogram of iron or a kilogram of feathers?",
    "Give a synonym for 'happy' and an antonym for 'cold'.",
    "What does the idiom 'to spill the beans' mean?",
    "Extract the date: The meeting was moved from 3 May to 17 June 2024.",
    "Correct the grammar: she don't likes no apples",
    "How do I boil an egg?",
    "Tell me a joke about computers.",
    "Who are you?",
    "🦜🐦 What do these emojis show?",
    "x" * 40,
    "   \n\n  Hello   \n",
    "Describe the taste of a lemon to somebody who never ate one.",
    "The quick brown fox jumps over the lazy dog. " * 12 + "How many animals are in these sentences?",
    "Rules: be brief, be kind, be honest. " * 20 + "What are the rules?",
)

_ANSWERED = (
    (("system", "You are a pirate."), ("user", "How is the weather?")),
    (("system", "Answer with one word only."), ("user", "What colour is grass?")),
    (("user", "Great film!"), ("assistant", "positive"), ("user", "Awful film!")),
    (
        ("system", "Turn names into initials."),
        ("user", "Ada Lovelace"),
        ("assistant", "A.L."),
        ("user", "Alan Mathison Turing"),
    ),
    (("user", "What is the capital of France?"), ("assistant", "The capital of France is")),
    (("user", "Give me a list of three fruits as JSON."), ("assistant", '["')),
    (("system", "You are a clerk who answers questions about the world. " * 15), ("user", "Where is Kenya?")),
)

VARIED: tuple[tuple[Message, ...], ...] = (
    *((Message("user", text),) for text in _ALONE),
    *(tuple(Message(role, text) for role, text in turns) for turns in _ANSWERED),
)
