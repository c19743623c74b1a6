namespace Tenon.Layers.Images;

/// <summary>Rotates and scales an image about its center, with interpolation between pixels.</summary>
internal static class RotatedImage
{
    /// <summary>Fills one channel; points outside the image are black.</summary>
    /// <param name="image">The source.</param>
    /// <param name="channel">Index of the channel.</param>
    /// <param name="draw">Angle, scale, offset and mirroring.</param>
    /// <param name="values">The normalized value of each pixel value.</param>
    /// <param name="numbers">[height × width], row by row.</param>
    public static void Write(ImagePixels image, int channel, ImageAugmentation.Draw draw, ReadOnlySpan<float> values, Span<float> numbers)
    {
        (int height, int width) = (image.Height, image.Width);
        (float middleY, float middleX) = ((height - 1) / 2f, (width - 1) / 2f);
        float cosine = (float)(Math.Cos(draw.Angle) / draw.Scale);
        float sine = (float)(Math.Sin(draw.Angle) / draw.Scale);
        for (int y = 0; y < height; y++)
        {
            float down = y + draw.Down - middleY;
            for (int x = 0; x < width; x++)
            {
                float right = (draw.Flip ? width - 1 - x : x) + draw.Right - middleX;
                numbers[y * width + x] =
                    Between(image, channel, middleY + cosine * down - sine * right, middleX + cosine * right + sine * down, values);
            }
        }
    }

    // Bilinear interpolation of the four pixels around a point.
    private static float Between(ImagePixels image, int channel, float y, float x, ReadOnlySpan<float> values)
    {
        (int top, int left) = ((int)MathF.Floor(y), (int)MathF.Floor(x));
        (float down, float right) = (y - top, x - left);
        float above = At(image, channel, top, left, values) * (1 - right) + At(image, channel, top, left + 1, values) * right;
        float below = At(image, channel, top + 1, left, values) * (1 - right) + At(image, channel, top + 1, left + 1, values) * right;
        return above * (1 - down) + below * down;
    }

    private static float At(ImagePixels image, int channel, int y, int x, ReadOnlySpan<float> values) =>
        y < 0 || x < 0 || y >= image.Height || x >= image.Width
            ? values[0]
            : values[image.Data.Span[(y * image.Width + x) * image.Channels + channel]];
}
