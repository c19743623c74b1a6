using System.Runtime.InteropServices;

namespace Tenon.Layers.Images;

/// <summary>Converts images to tensors. Stateless and thread-safe.</summary>
public static class ImageTensors
{
    /// <summary>Stacks the images of examples, normalized and optionally augmented.</summary>
    /// <param name="examples">At least one; all of the same size.</param>
    /// <param name="normalization">Converts pixels to numbers.</param>
    /// <param name="augmentation">Drawn for each image in order; without it, no random numbers are drawn.</param>
    /// <param name="random">The source of the augmentation's randomness; may be null without augmentation.</param>
    /// <returns>float32 [B, C, H, W] on the CPU, owned by the caller.</returns>
    /// <exception cref="ArgumentException">There is no image, an option is out of range, or augmentation has no source of
    /// randomness.</exception>
    /// <exception cref="DataException">Images differ in size, or the normalization has a different number of channels.</exception>
    public static Tensor Stack(
        IReadOnlyList<ImageExample> examples, ImageNormalization normalization, ImageAugmentation augmentation = default,
        SeededRandom? random = null)
    {
        ArgumentNullException.ThrowIfNull(examples);
        return Stack([.. examples.Select(example => example.Image)], normalization, augmentation, random);
    }

    /// <summary>Stacks images, normalized and optionally augmented.</summary>
    /// <param name="images">At least one; all of the same size.</param>
    /// <param name="normalization">Converts pixels to numbers.</param>
    /// <param name="augmentation">Drawn for each image in order; without it, no random numbers are drawn.</param>
    /// <param name="random">The source of the augmentation's randomness; may be null without augmentation.</param>
    /// <returns>float32 [B, C, H, W] on the CPU, owned by the caller.</returns>
    /// <exception cref="ArgumentException">There is no image, an option is out of range, or augmentation has no source of
    /// randomness.</exception>
    /// <exception cref="DataException">Images differ in size, or the normalization has a different number of channels.</exception>
    public static Tensor Stack(
        IReadOnlyList<ImagePixels> images, ImageNormalization normalization, ImageAugmentation augmentation = default,
        SeededRandom? random = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(normalization);
        ArgumentOutOfRangeException.ThrowIfZero(images.Count, nameof(images));
        ArgumentOutOfRangeException.ThrowIfNegative(augmentation.CropPadding, nameof(augmentation));
        ArgumentOutOfRangeException.ThrowIfNegative(augmentation.Rotation, nameof(augmentation));
        ArgumentOutOfRangeException.ThrowIfNegative(augmentation.Scaling, nameof(augmentation));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(augmentation.Scaling, 1, nameof(augmentation));
        if (augmentation != ImageAugmentation.None)
            ArgumentNullException.ThrowIfNull(random);

        ImagePixels first = images[0];
        (int height, int width, int channels) = (first.Height, first.Width, first.Channels);
        float[] table = normalization.Table(channels);
        Tensor stacked = torch.empty([images.Count, channels, height, width], torch.float32, torch.CPU);
        try
        {
            // Written in place, because creating a tensor from an array would copy it.
            Span<float> numbers = MemoryMarshal.Cast<byte, float>(stacked.bytes);
            int size = channels * height * width;
            for (int i = 0; i < images.Count; i++)
            {
                ImagePixels image = images[i];
                if (image.Height != height || image.Width != width || image.Channels != channels)
                    throw new DataException(
                        $"The images of a batch differ: the first is {height}×{width}×{channels}, " +
                        $"but number {i} is {image.Height}×{image.Width}×{image.Channels}. " +
                        "Set the data's 'size' and 'channels'.");
                ImageAugmentation.Draw draw =
                    augmentation == ImageAugmentation.None ? ImageAugmentation.Draw.Nothing : augmentation.Next(random!);
                Write(image, draw, table, numbers.Slice(i * size, size));
            }

            return stacked;
        }
        catch
        {
            stacked.Dispose();
            throw;
        }
    }

    // [H, W, C] bytes -> [C, H, W] numbers.
    private static void Write(ImagePixels image, ImageAugmentation.Draw draw, ReadOnlySpan<float> table, Span<float> numbers)
    {
        (int height, int width, int channels) = (image.Height, image.Width, image.Channels);
        ReadOnlySpan<byte> pixels = image.Data.Span;
        for (int c = 0; c < channels; c++)
        {
            ReadOnlySpan<float> values = table.Slice(c * 256, 256);
            if (!draw.OnGrid)
            {
                RotatedImage.Write(image, c, draw, values, numbers.Slice(c * height * width, height * width));
                continue;
            }

            for (int y = 0; y < height; y++)
            {
                Span<float> row = numbers.Slice((c * height + y) * width, width);
                int line = y + draw.Down;
                if (line < 0 || line >= height)
                {
                    row.Fill(values[0]);
                    continue;
                }

                WriteRow(pixels.Slice(line * width * channels, width * channels), c, channels, draw.Right, values, row);
                if (draw.Flip)
                    row.Reverse();
            }
        }
    }

    private static void WriteRow(ReadOnlySpan<byte> line, int channel, int channels, int right, ReadOnlySpan<float> values, Span<float> row)
    {
        // Columns beyond an edge are black.
        int from = Math.Clamp(-right, 0, row.Length);
        int to = Math.Clamp(row.Length - right, from, row.Length);
        row[..from].Fill(values[0]);
        for (int x = from, p = (from + right) * channels + channel; x < to; x++, p += channels)
            row[x] = values[line[p]];
        row[to..].Fill(values[0]);
    }
}
