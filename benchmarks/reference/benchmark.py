"""The benchmark's training steps and decoding in PyTorch, for comparing Tenon on the same machine.

    python3 benchmarks/reference/benchmark.py [training] [decode] [--rounds N] [--steps N] [--threads N] [--device cpu|cuda] [--busy]

Models are written with plain torch.nn, in the sizes of benchmarks/Tenon.Benchmarks; medians over rounds. It needs
python3 with torch and nothing else. On Debian that is python3-torch with libopenblas0-openmp: the threads of
libopenblas0-pthread and those of torch are in each other's way, which halves the speed in fp32 and more.
"""

import argparse
import math
import os
import platform
import re
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn


# Other programs change ratios.
MOST_LOAD_PER_CORE = 0.5


class Block(nn.Module):
    """A transformer layer with pre-normalization (GPT, ViT) or post-normalization (BERT)."""

    def __init__(self, size, heads, causal, norm_first, dropout):
        super().__init__()
        self.heads, self.causal, self.norm_first, self.dropout = heads, causal, norm_first, dropout
        self.norm1, self.norm2 = nn.LayerNorm(size), nn.LayerNorm(size)
        self.qkv, self.out = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.up, self.down = nn.Linear(size, 4 * size), nn.Linear(4 * size, size)

    def attend(self, x):
        batch, length, size = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, self.heads, size // self.heads).permute(2, 0, 3, 1, 4)
        drop = self.dropout if self.training else 0.0
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal, dropout_p=drop)
        return F.dropout(self.out(seen.transpose(1, 2).reshape(batch, length, size)), self.dropout, self.training)

    def feed(self, x):
        return F.dropout(self.down(F.gelu(self.up(x))), self.dropout, self.training)

    def forward(self, x):
        if self.norm_first:
            x = x + self.attend(self.norm1(x))
            return x + self.feed(self.norm2(x))
        x = self.norm1(x + self.attend(x))
        return self.norm2(x + self.feed(x))


class Gpt(nn.Module):
    def __init__(self, layers, size, heads, context, vocabulary):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, size), nn.Embedding(context, size)
        self.blocks = nn.ModuleList(Block(size, heads, True, True, 0.0) for _ in range(layers))
        self.norm = nn.LayerNorm(size)
        nn.init.normal_(self.tokens.weight, 0, 0.02)
        nn.init.normal_(self.positions.weight, 0, 0.02)

    def forward(self, ids):
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1], device=ids.device))
        for block in self.blocks:
            x = block(x)
        return F.linear(self.norm(x), self.tokens.weight)

    def loss(self, ids, labels):
        logits = self(ids)
        return F.cross_entropy(logits.float().view(-1, logits.shape[-1]), labels.view(-1))


class Bert(nn.Module):
    def __init__(self, layers, size, heads, context, vocabulary, dropout=0.1):
        super().__init__()
        self.dropout = dropout
        self.tokens, self.positions, self.segments = nn.Embedding(vocabulary, size), nn.Embedding(context, size), nn.Embedding(2, size)
        self.norm = nn.LayerNorm(size)
        self.blocks = nn.ModuleList(Block(size, heads, False, False, dropout) for _ in range(layers))
        self.dense, self.head_norm = nn.Linear(size, size), nn.LayerNorm(size)
        self.bias = nn.Parameter(torch.zeros(vocabulary))
        for table in (self.tokens, self.positions, self.segments):
            nn.init.normal_(table.weight, 0, 0.02)

    def loss(self, ids, labels):
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1], device=ids.device)) + self.segments(torch.zeros_like(ids))
        x = F.dropout(self.norm(x), self.dropout, self.training)
        for block in self.blocks:
            x = block(x)
        chosen = labels != -100
        x = self.head_norm(F.gelu(self.dense(x[chosen])))
        return F.cross_entropy(F.linear(x, self.tokens.weight, self.bias).float(), labels[chosen])


class Vit(nn.Module):
    def __init__(self, layers, size, heads, image, patch, classes):
        super().__init__()
        self.patches = nn.Conv2d(3, size, patch, patch)
        self.token = nn.Parameter(torch.randn(1, 1, size) * 0.02)
        self.positions = nn.Parameter(torch.randn(1, 1 + (image // patch) ** 2, size) * 0.02)
        self.blocks = nn.ModuleList(Block(size, heads, False, True, 0.0) for _ in range(layers))
        self.norm, self.head = nn.LayerNorm(size), nn.Linear(size, classes)

    def loss(self, images, labels):
        x = self.patches(images).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], 1) + self.positions
        for block in self.blocks:
            x = block(x)
        return F.cross_entropy(self.head(self.norm(x)[:, 0]).float(), labels)


class Residual(nn.Module):
    def __init__(self, inner, outer, time_size, groups):
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(groups, inner), nn.Conv2d(inner, outer, 3, padding=1)
        self.time = nn.Linear(time_size, outer)
        self.norm2, self.conv2 = nn.GroupNorm(groups, outer), nn.Conv2d(outer, outer, 3, padding=1)
        self.shortcut = nn.Identity() if inner == outer else nn.Conv2d(inner, outer, 1)

    def forward(self, x, time_embedding):
        h = self.conv1(F.silu(self.norm1(x))) + self.time(time_embedding)[:, :, None, None]
        return self.shortcut(x) + self.conv2(F.silu(self.norm2(h)))


class PixelAttention(nn.Module):
    def __init__(self, channels, groups):
        super().__init__()
        self.norm, self.qkv, self.out = nn.GroupNorm(groups, channels), nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)

    def forward(self, x):
        batch, channels, height, width = x.shape
        pixels = self.norm(x).flatten(2).transpose(1, 2)
        q, k, v = self.qkv(pixels).view(batch, height * width, 3, 1, channels).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v).squeeze(1)
        return x + self.out(seen).transpose(1, 2).view(batch, channels, height, width)


class UNet(nn.Module):
    """One residual block per level on the downward path, two on the upward path; attention below the first level."""

    def __init__(self, channels=(32, 64, 64), image_channels=1, groups=8, timesteps=1000):
        super().__init__()
        time_size = 4 * channels[0]
        self.first = channels[0]
        self.time1, self.time2 = nn.Linear(channels[0], time_size), nn.Linear(time_size, time_size)
        self.conv_in = nn.Conv2d(image_channels, channels[0], 3, padding=1)
        self.down, self.halve, self.up, self.enlarge = nn.ModuleList(), nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        skips, width = [channels[0]], channels[0]
        for level, size in enumerate(channels):
            attention = PixelAttention(size, groups) if level > 0 else nn.Identity()
            self.down.append(nn.ModuleList([Residual(width, size, time_size, groups), attention]))
            skips.append(size)
            if level < len(channels) - 1:
                self.halve.append(nn.Conv2d(size, size, 3, stride=2, padding=1))
                skips.append(size)
            width = size
        self.middle = nn.ModuleList(
            [Residual(width, width, time_size, groups), PixelAttention(width, groups), Residual(width, width, time_size, groups)])
        for level in reversed(range(len(channels))):
            blocks = nn.ModuleList()
            for _ in range(2):
                attention = PixelAttention(channels[level], groups) if level > 0 else nn.Identity()
                blocks.append(nn.ModuleList([Residual(width + skips.pop(), channels[level], time_size, groups), attention]))
                width = channels[level]
            self.up.append(blocks)
            if level > 0:
                self.enlarge.append(nn.Conv2d(width, width, 3, padding=1))
        self.norm_out, self.conv_out = nn.GroupNorm(groups, width), nn.Conv2d(width, image_channels, 3, padding=1)
        betas = torch.linspace(1e-4, 0.02, timesteps)
        self.register_buffer("alphas", torch.cumprod(1 - betas, 0))

    def predict(self, x, steps):
        half = self.first // 2
        angles = steps.float()[:, None] * torch.exp(torch.arange(half, device=x.device) * -(math.log(10000.0) / half))
        embedding = self.time2(F.silu(self.time1(torch.cat([angles.sin(), angles.cos()], 1))))
        embedding = F.silu(embedding)
        x = self.conv_in(x)
        skips = [x]
        for level, (block, attention) in enumerate(self.down):
            x = attention(block(x, embedding))
            skips.append(x)
            if level < len(self.halve):
                x = self.halve[level](x)
                skips.append(x)
        x = self.middle[2](self.middle[1](self.middle[0](x, embedding)), embedding)
        for level, blocks in enumerate(self.up):
            for block, attention in blocks:
                x = attention(block(torch.cat([x, skips.pop()], 1), embedding))
            if level < len(self.enlarge):
                x = self.enlarge[level](F.interpolate(x, scale_factor=2, mode="nearest"))
        return self.conv_out(F.silu(self.norm_out(x)))

    def loss(self, images):
        steps = torch.randint(0, len(self.alphas), (len(images),), device=images.device)
        kept, noise = self.alphas[steps][:, None, None, None], torch.randn_like(images)
        noisy = kept.sqrt() * images + (1 - kept).sqrt() * noise
        return F.mse_loss(self.predict(noisy, steps).float(), noise)


def tokens(batch, length, vocabulary):
    ids = torch.randint(0, vocabulary, (batch, length))
    return ids, ids.roll(-1, 1)


def masked(batch, length, vocabulary):
    ids = torch.randint(1000, vocabulary, (batch, length))
    return ids, torch.where(torch.rand(batch, length) < 0.15, ids, torch.full_like(ids, -100))


# Name, unit, units per step, model, arguments of its loss.
WORKLOADS = [
    ("GPT, 6 layers, 384 hidden, context 256, batch 8, vocabulary 256", "tokens", 2048,
     lambda: Gpt(6, 384, 6, 256, 256), lambda: tokens(8, 256, 256)),
    ("the same with vocabulary 50,304", "tokens", 2048,
     lambda: Gpt(6, 384, 6, 256, 50304), lambda: tokens(8, 256, 256)),
    ("BERT, 6 layers, 384 hidden, context 256, batch 8, vocabulary 30,522", "tokens", 2048,
     lambda: Bert(6, 384, 6, 256, 30522), lambda: masked(8, 256, 30522)),
    ("ViT, 6 layers, 384 hidden, 32x32 in patches of 4, batch 32", "images", 32,
     lambda: Vit(6, 384, 6, 32, 4, 10), lambda: (torch.randn(32, 3, 32, 32), torch.randint(0, 10, (32,)))),
    ("U-Net of 32, 64 and 64 channels with attention, 28x28 grey, batch 32", "images", 32,
     UNet, lambda: (torch.randn(32, 1, 28, 28),)),
    ("the same with 128, 256 and 256 channels, batch 8", "images", 8,
     lambda: UNet((128, 256, 256)), lambda: (torch.randn(8, 1, 28, 28),)),
]
# One step takes minutes on a CPU.
FOR_GPUS = [
    ("GPT-2 124M, context 1,024, batch 8, vocabulary 50,304", "tokens", 8192,
     lambda: Gpt(12, 768, 12, 1024, 50304), lambda: tokens(8, 1024, 256)),
]


def choose(precision):
    """Matrix products of float32 operands, exact or rounded to TensorFloat-32."""
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"


def wait(device):
    if device == "cuda":
        torch.cuda.synchronize()


def train(build, inputs, units, precision, steps, device, warm_up=2):
    torch.manual_seed(1)
    choose(precision)
    model, given = build().to(device).train(), [part.to(device) for part in inputs()]
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
    start = 0.0
    for step in range(warm_up + steps):
        if step == warm_up:
            wait(device)
            start = time.perf_counter()
        with torch.autocast(device, torch.bfloat16, enabled=precision == "bf16"):
            loss = model.loss(*given)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        loss.item()
    wait(device)
    return steps * units / (time.perf_counter() - start)


class Decoder:
    """GPT-2 124M, one token at a time, with its own cache; matrices in fp32, bf16 or int8."""

    LAYERS, SIZE, HEADS, CONTEXT, VOCABULARY = 12, 768, 12, 1024, 50257

    def __init__(self, weights, device):
        self.device = device
        self.model = Gpt(self.LAYERS, self.SIZE, self.HEADS, self.CONTEXT, self.VOCABULARY).to(device).eval()
        self.maps = {id(m): self.pack(m.weight, m.bias, weights) for m in self.model.modules() if isinstance(m, nn.Linear)}
        self.head = self.pack(self.model.tokens.weight, None, weights)
        # The weights that each token reads: all matrices except the positions.
        self.read = sum(p.numel() for p in self.model.parameters() if p.ndim == 2) - self.model.positions.weight.numel()

    @staticmethod
    def pack(weight, bias, weights):
        if weights == "int8":
            scales = (weight.abs().amax(1) / 127).to(torch.bfloat16)
            whole = (weight / scales.float()[:, None]).round().clamp(-127, 127).to(torch.int8)
            low = None if bias is None else bias.to(torch.bfloat16)

            def apply(x):
                product = torch._weight_int8pack_mm(x.to(torch.bfloat16).view(-1, x.shape[-1]), whole, scales)
                product = product if low is None else product + low
                return product.view(*x.shape[:-1], -1)

            return apply
        kind = torch.bfloat16 if weights == "bf16" else torch.float32
        copy, low = weight.to(kind), None if bias is None else bias.to(kind)
        return lambda x: F.linear(x.to(kind), copy, low)

    def run(self, count, prompt=8):
        length = prompt + count
        cache = torch.empty(self.LAYERS, 2, 1, self.HEADS, length, self.SIZE // self.HEADS, device=self.device)
        ids, past, start = torch.arange(prompt, device=self.device)[None], 0, 0.0
        for step in range(count + 1):
            if step == 1:
                start = time.perf_counter()
            fresh = ids.shape[1]
            x = self.model.tokens(ids) + self.model.positions(torch.arange(past, past + fresh, device=self.device))
            for layer, block in enumerate(self.model.blocks):
                q, k, v = self.maps[id(block.qkv)](block.norm1(x)).float().view(1, fresh, 3, self.HEADS, -1).permute(2, 0, 3, 1, 4)
                cache[layer, 0, :, :, past:past + fresh], cache[layer, 1, :, :, past:past + fresh] = k, v
                keys, values = cache[layer, :, :, :, :past + fresh]
                seen = F.scaled_dot_product_attention(q, keys, values, is_causal=fresh > 1)
                x = x + self.maps[id(block.out)](seen.transpose(1, 2).reshape(1, fresh, -1))
                x = x + self.maps[id(block.down)](F.gelu(self.maps[id(block.up)](block.norm2(x))))
            past += fresh
            ids = self.head(self.model.norm(x[:, -1:])).argmax(-1)
            ids.item()
        return count / (time.perf_counter() - start)


def best(action, device, tries=12):
    def once():
        wait(device)
        start = time.perf_counter()
        action()
        wait(device)
        return time.perf_counter() - start

    return min(once() for _ in range(tries))


def table(title, header, rows):
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    print(f"\n{title}")
    for row in [header, ["-" * width for width in widths], *rows]:
        print("  ".join(text.ljust(width) if i == 0 else text.rjust(width) for i, (text, width) in enumerate(zip(row, widths))))


def peak(precision, device):
    choose(precision)
    size = 2048 if device == "cpu" else 8192
    square = torch.randn(size, size, device=device).to(torch.bfloat16 if precision == "bf16" else torch.float32)
    return 2 * size**3 / best(lambda: square @ square, device)


def where(options):
    return f"{options.threads} threads" if options.device == "cpu" else torch.cuda.get_device_name()


def products():
    """The library that computes matrix products on the CPU, from the files that this process has loaded."""
    torch.ones(64, 64) @ torch.ones(64, 64)
    if torch.backends.mkl.is_available():
        return "MKL"
    with open("/proc/self/maps") as maps:
        files = {os.path.realpath(line.split()[-1]) for line in maps if re.search(r"/lib[^/]*(blas|blis)[^/]*\.so", line)}
    return ", ".join(sorted(os.path.join(*file.split("/")[-2:]) for file in files)) or "unknown BLAS"


def processor():
    with open("/proc/cpuinfo") as lines:
        return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def show_training(options):
    precisions = ["fp32", "bf16"] if options.device == "cpu" else ["fp32", "tf32", "bf16"]
    peaks = ", ".join(f"{peak(precision, options.device) / 1e9:,.0f} GFLOP/s in {precision}" for precision in precisions)
    rows, steps = [], options.steps or (4 if options.device == "cpu" else 40)
    for description, unit, units, build, inputs in WORKLOADS + ([] if options.device == "cpu" else FOR_GPUS):
        baseline = None
        for precision in precisions:
            per_second = statistics.median(train(build, inputs, units, precision, steps, options.device) for _ in range(options.rounds))
            baseline = baseline or per_second
            name = description if precision == "fp32" else ""
            rows.append([name, precision, f"{per_second:,.0f} {unit}", f"{per_second / baseline:.2f}"])
    title = f"training with PyTorch {torch.__version__}, {where(options)}, medians of {options.rounds}; products reach {peaks}"
    table(title, ["model", "variant", "per second", "ratio"], rows)


@torch.no_grad()
def show_decode(options):
    count, source = options.steps or 128, torch.ones(64 << 20, device=options.device)
    target = torch.zeros_like(source)
    bandwidth = 2 * 4 * source.numel() / best(lambda: target.copy_(source), options.device)
    rows, baseline = [], None
    choose("fp32")
    for weights, size in (("fp32", 4), ("bf16", 2), *([("int8", 1)] if options.device == "cpu" else [])):
        decoder = Decoder(weights, options.device)
        per_second = statistics.median(decoder.run(count) for _ in range(options.rounds))
        baseline = baseline or per_second
        moved = decoder.read * size * per_second
        rows.append([weights, f"{per_second:,.1f}", f"{per_second / baseline:.2f}", f"{moved / 1e9:,.1f}", f"{moved / bandwidth:.0%}"])
    title = (f"decoding with GPT-2 124M, 1 sequence, {count} tokens, {where(options)}, medians of {options.rounds}; "
             f"a copy moves {bandwidth / 1e9:,.1f} GB/s")
    table(title, ["weights", "tokens per second", "ratio", "weights read, GB/s", "share of the copy's bandwidth"], rows)


def main():
    sections = {"training": show_training, "decode": show_decode}
    parser = argparse.ArgumentParser(description="Training and decoding in PyTorch, in the sizes of Tenon's benchmarks.")
    parser.add_argument("sections", nargs="*", help=f"any of {', '.join(sections)}; none: all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--busy", action="store_true", help="measure although other programs run")
    options = parser.parse_args()
    for unknown in set(options.sections) - set(sections):
        parser.error(f"'{unknown}' is not a section. Sections: {', '.join(sections)}")
    load, cores = os.getloadavg()[0], os.cpu_count()
    if load > MOST_LOAD_PER_CORE * cores and not options.busy:
        parser.exit(3, f"The load average is {load:.2f} on {cores} cores, above {MOST_LOAD_PER_CORE} per core: other programs run, or "
                       "have run within the last minute, and ratios would be wrong. Wait until they end, or measure anyway with --busy.\n")
    torch.set_num_threads(options.threads)
    print(f"{processor()}, {cores} cores, {options.threads} threads, {products()}, load average {load:.2f}")
    for section in options.sections or sections:
        sections[section](options)


if __name__ == "__main__":
    main()
