"""A network of the original's definition, trained in PyTorch, converts and reads the same."""

import numpy as np
import pytest

import keras_reader as kr
from keras_reader.training.drawing import DrawWords

torch = pytest.importorskip("torch", reason="takes PyTorch: pip install torch==2.13.0")

# Easy enough for a small network to learn in a few hundred steps.
WORDS = kr.SyntheticWords(
    alphabet="ABC", max_length=2, image_size=(14, 14), font_size=(9, 9), intensity=255, noise=0.02, clip=False
)
STEPS = 3


@pytest.fixture(autouse=True)
def one_thread():
    """More threads only wait for each other in networks this small."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def batch(words, start, count, steps):
    images, ids = DrawWords(words, steps)(start, start + count)
    return torch.from_numpy(images), torch.from_numpy(ids).long()


def assert_reads_the_same(network, images, steps):
    with torch.no_grad():
        logits, masks = (output.numpy() for output in network(images, steps))
    state_dict = {key: value.numpy() for key, value in network.state_dict().items()}
    read = kr.from_deep_reader(state_dict, max_length=steps - 1).predict(images.numpy()[..., None], verbose=0)
    np.testing.assert_allclose(read["logits"], logits, rtol=0, atol=1e-5)
    np.testing.assert_allclose(read["masks"], masks, rtol=0, atol=1e-5)
    return logits, masks


@pytest.mark.slow
def test_a_network_trained_in_pytorch_converts_and_reads_100_images_the_same():
    from benchmarks.common.original_in_pytorch import OriginalNetwork, Training

    torch.manual_seed(0)
    network = OriginalNetwork(classes=4, side=14, filters=4, units=32)
    training = Training(network, terminator=3, learning_rate=3e-3)
    losses = [training.step(*batch(WORDS, 32 * step, 32, STEPS)) for step in range(400)]
    assert np.mean(losses[-20:]) < 0.3 * losses[0]
    images, ids = batch(WORDS, 10**6, 100, STEPS)
    logits, masks = assert_reads_the_same(network, images, STEPS)
    assert np.mean(logits.argmax(-1)[:, 0] == ids[:, 0].numpy()) > 0.9  # trained, not by chance
    assert masks[:, 1:].std() > 0.05


@pytest.mark.slow
def test_a_network_of_full_size_converts_and_reads_100_images_the_same():
    from benchmarks.common.original_in_pytorch import OriginalNetwork, Training

    torch.manual_seed(0)
    words = kr.SyntheticWords(clip=False)
    network = OriginalNetwork()
    training = Training(network, terminator=26)
    for step in range(3):
        training.step(*batch(words, 32 * step, 32, 5))
    assert_reads_the_same(network, batch(words, 10**6, 100, 5)[0], 5)


def test_the_loss_is_ours_averaged_over_all_steps():
    from benchmarks.common.original_in_pytorch import OriginalNetwork, Training

    torch.manual_seed(0)
    network = OriginalNetwork(classes=4, side=14, filters=2, units=4)
    images, ids = batch(WORDS, 0, 8, STEPS)
    with torch.no_grad():
        logits = network(images, STEPS)[0].numpy()
    ours = kr.MaskedCrossEntropy(3, average="all")(ids.numpy(), logits)
    assert Training(network, terminator=3).step(images, ids) == pytest.approx(float(ours), abs=1e-6)
