"""How much memory a training takes, before it takes it."""

from keras_reader.config import ReaderConfig
from keras_reader.data.holdout import held_out_count
from keras_reader.limits import check_memory
from keras_reader.training.options import VALIDATED_AT_ONCE, TrainingOptions


def check_training_memory(
    config: ReaderConfig, options: TrainingOptions, pictures: int | None = None, others: int = 0
) -> None:
    """Refuse a training that cannot fit into this machine's memory, whatever the network does.

    It counts what is certain: a batch's images, its masks and their gradients, and the validation images.

    Args:
        config: the reader.
        options: how it is trained.
        pictures: number of labelled pictures to train on; `None` for drawn images, of which there are as many as asked
            for.
        others: number of labelled pictures to validate on; 0 to hold some out of the first.

    Raises:
        InputError: if the machine has less memory than that.
    """
    height, width = config.image_size
    image = 4 * height * width
    masks = image * config.decoding_steps
    size = f"of {height}x{width} pixels"
    check_memory(options.batch_size * (image + 2 * masks), f"training steps of {options.batch_size:,} images {size}")
    count = options.validation_images
    if pictures is not None:
        count = min(count, others or held_out_count(pictures))
    validated = count * image + min(VALIDATED_AT_ONCE, count) * masks
    check_memory(validated, f"{count:,} validation images {size}")
