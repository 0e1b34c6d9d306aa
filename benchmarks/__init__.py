"""Measurements. `python -m benchmarks` lists them, and each is a module of its own: `python -m benchmarks.learning`.

- How well readers read: `ceiling`, `mistakes`, `calibration`, `fonts`, `attention_study`, `other_readers`,
  `whole_pictures`, `fine_tuning`, `pretrained`, `original_task`, `encoders`, `recipe`, and the package `real_images`.
- How quickly they learn and read: `learning`, `training_step`, `cpu_settings`, `drawing_rate`, `reading_speed`,
  `start_up`, `graph_rewrites`, `augmentation_cost`, `gpu`.
- How far it goes: `growth`, `reading_at_scale`, `on_the_device`, `onnx_from_jax`, `fuzz`.
- Pages and pictures for the documentation: `architecture`, `clutter_sheets`, `cards`, `print_fonts`.

`common/` holds what several of them share, `pictures/` what draws their pictures. Those with `--write docs/results`
write the pages there. Every page names the command, the date, the machine and the versions.
"""

from keras_reader.training.cpu_settings import use_onednn

# Before TensorFlow is imported: what trains in a benchmark's own process computes as it does in `train.py`.
use_onednn()
