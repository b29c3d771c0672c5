"""TRL loads what we export, and learns from it: one step each of supervised and preference training."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.consumers


def load(path: Path) -> Any:
    import datasets

    return datasets.load_dataset("json", data_files=str(path), split="train")


def written(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "train.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


@pytest.mark.parametrize(
    "name",
    [
        "openai-sft",
        "openai-dpo",
        "trl-prompt-completion",
        "trl-preference",
        "trl-prompt-completion-few-shot",
        "trl-preference-few-shot",
        "reasoning",
    ],
)
def test_datasets_loads_exactly_what_was_written(exports: Path, name: str) -> None:
    rows = written(exports / name)
    assert len(rows) >= 8
    assert load(exports / name / "train.jsonl").to_list() == rows


def test_datasets_loads_the_folder_by_its_name_alone(exports: Path) -> None:
    import datasets

    loaded = datasets.load_dataset(str(exports / "trl-preference"))
    assert list(loaded) == ["train"]  # and the manifest is not taken for data
    assert loaded["train"].to_list() == written(exports / "trl-preference")


@pytest.mark.parametrize("name", ["trl-prompt-completion", "trl-prompt-completion-few-shot"])
def test_one_step_of_supervised_training(
    exports: Path, name: str, model: Any, tokenizer: Any, tmp_path: Path
) -> None:
    from trl import SFTConfig, SFTTrainer

    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(**_one_step(tmp_path)),
        train_dataset=load(exports / name / "train.jsonl"),
        processing_class=tokenizer,
    )
    before = _weights(model)
    result = trainer.train()
    assert result.global_step == 1
    assert 0 < result.training_loss < 20
    assert _weights(trainer.model) != before


def test_supervised_training_sees_the_answer_alone(
    exports: Path, model: Any, tokenizer: Any, tmp_path: Path
) -> None:
    from trl import SFTConfig, SFTTrainer

    folder = exports / "trl-prompt-completion-few-shot"
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(**_one_step(tmp_path)),
        train_dataset=load(folder / "train.jsonl"),
        processing_class=tokenizer,
    )
    for row, asked in zip(trainer.train_dataset, written(folder), strict=True):
        batch = trainer.data_collator([row])
        trained = batch["input_ids"][batch["labels"] != -100]
        assert tokenizer.decode(trained) == f"{asked['completion'][0]['content']}<|end|>\n"


def test_one_step_of_preference_training(exports: Path, model: Any, tokenizer: Any, tmp_path: Path) -> None:
    from trl import DPOConfig, DPOTrainer

    trainer = DPOTrainer(
        model=model,
        ref_model=copy.deepcopy(model),  # given, because a missing one is looked up by its name
        args=DPOConfig(**_one_step(tmp_path)),
        train_dataset=load(exports / "trl-preference" / "train.jsonl"),
        processing_class=tokenizer,
    )
    before = _weights(model)
    result = trainer.train()
    assert result.global_step == 1
    assert result.training_loss == pytest.approx(0.693, abs=0.01)  # ln 2: model and reference are still equal
    assert _weights(trainer.model) != before


def _one_step(folder: Path) -> dict[str, Any]:
    return {
        "output_dir": str(folder / "out"),
        "max_steps": 1,
        "learning_rate": 1e-2,
        "warmup_steps": 0,
        "per_device_train_batch_size": 2,
        "use_cpu": True,
        "bf16": False,
        "report_to": [],
        "save_strategy": "no",
        "disable_tqdm": True,
    }


def _weights(model: Any) -> list[float]:
    """The sums of all weight matrices, enough to see that they moved."""
    return [float(weight.detach().double().sum()) for weight in model.parameters()]
