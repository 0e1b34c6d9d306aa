"""The original deep_reader's network and training step, written anew in PyTorch, to compare ours with.

Its parameters have the original's names, so that its `state_dict` is a checkpoint of the original.
"""

import torch
from torch import Tensor, nn


class OriginalNetwork(nn.Module):
    """The original's recurrence: see `keras_reader.models.deep_reader_cell`.

    Args:
        classes: number of classes, the terminator included.
        side: height and width of the images in pixels.
        filters: filters of each convolution.
        units: units of the LSTM.
    """

    def __init__(self, classes: int = 27, side: int = 40, filters: int = 16, units: int = 256):
        super().__init__()
        self.side = side
        self.c1 = nn.Conv2d(1, filters, 3)
        self.c2 = nn.Conv2d(filters, filters, 3)
        self.c3 = nn.Conv2d(filters, filters, 3)
        self.rnn1 = nn.LSTM(filters * (side - 6) ** 2, units)
        self.msk = nn.Linear(units, side * side)
        self.act = nn.Linear(units, classes)

    def forward(self, image: Tensor, steps: int) -> tuple[Tensor, Tensor]:
        """Read images, `(batch, side, side)`.

        Returns:
            Logits `(batch, steps, classes)`, and the masks looked through, `(batch, steps, side, side)`.
        """
        mask, state = torch.ones_like(image), None
        logits, masks = [], []
        for _ in range(steps):
            x = (image * mask)[:, None]
            for convolution in (self.c1, self.c2, self.c3):
                x = torch.relu(convolution(x))
            x, state = self.rnn1(x.flatten(1)[None], state)
            logits.append(self.act(x[0]))
            masks.append(mask)
            mask = torch.sigmoid(self.msk(x[0])).reshape(image.shape)
        return torch.stack(logits, 1), torch.stack(masks, 1)


class Training:
    """Trains a network as the original does: Adam at 1e-3, the loss averaged over all steps.

    Args:
        network: the network.
        terminator: class index of the terminator.
        learning_rate: of Adam.
    """

    def __init__(self, network: OriginalNetwork, terminator: int, learning_rate: float = 1e-3):
        self.network = network
        self.terminator = terminator
        self.optimizer = torch.optim.Adam(network.parameters(), lr=learning_rate)

    def step(self, image: Tensor, ids: Tensor) -> float:
        """One step on images `(batch, side, side)` and class indices, integers `(batch, steps)`; gives the loss."""
        logits, _ = self.network(image, ids.shape[1])
        ended = torch.cumsum(ids == self.terminator, dim=1) - (ids == self.terminator).long() > 0
        losses = nn.functional.cross_entropy(logits.transpose(1, 2), ids, reduction="none")
        loss = torch.where(ended, 0.0, losses).mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()
