"""Train the small classifier whose features `examples/measure ... quality` compares pictures by.

Data: the 60,000 training images of Fashion-MNIST (Debian package dataset-fashion-mnist), scaled to [-1, 1], each with its mirror image.
Three convolutions of 3x3 (16, 32 and 64 channels, the first two with stride 2), each with ReLU, and the mean over the last 7x7: 64
features, as FID takes those of Inception's last pooling. A linear layer makes classes of them; it is used for the training alone.

    python train_features.py --data DIR_WITH_IDX_GZ --out ../examples/measure/features.safetensors
"""

import argparse

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from train_fashion_mnist import load_data, read_idx


def load_test(folder):
    """The test set as `load_data` gives the training set."""
    images = torch.from_numpy(read_idx(f"{folder}/t10k-images-idx3-ubyte.gz").copy())
    labels = torch.from_numpy(read_idx(f"{folder}/t10k-labels-idx1-ubyte.gz").copy())
    return images.float()[:, None] / 127.5 - 1, labels.long()


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, stride=2, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, stride=2, padding=1)
        self.conv3 = nn.Conv2d(32, 64, 3, padding=1)
        self.classes = nn.Linear(64, 10)

    def features(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        return F.relu(self.conv3(x)).mean((2, 3))

    def forward(self, x):
        return self.classes(self.features(x))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--batch", type=int, default=128)
    args = parser.parse_args()

    torch.manual_seed(0)
    images, labels = load_data(args.data)
    net = Classifier()
    steps = args.epochs * len(images) // args.batch
    optimizer = torch.optim.AdamW(net.parameters(), lr=6e-3)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, total_steps=steps)
    for step in range(steps):
        pick = torch.randint(len(images), (args.batch,))
        x = images[pick]
        mirrored = torch.rand(args.batch) < 0.5
        x[mirrored] = x[mirrored].flip(3)
        loss = F.cross_entropy(net(x), labels[pick])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        rate.step()
        if step % 200 == 0:
            print(f"step {step} of {steps}, loss {loss.item():.3f}", flush=True)

    images, labels = load_test(args.data)
    with torch.no_grad():
        right = torch.cat([net(x).argmax(1) for x in images.split(500)]) == labels
    print(f"{100 * right.float().mean():.1f} % of the test images are classified rightly")
    tensors = {name: value.contiguous() for name, value in net.state_dict().items() if not name.startswith("classes")}
    save_file(tensors, args.out)


if __name__ == "__main__":
    main()
