namespace Tenon.Images.Pixels;

/// <summary>Converts images to one size and number of channels. Stateless and thread-safe.</summary>
/// <param name="size">Height and width; 0 leaves sizes unchanged.</param>
/// <param name="fit">How non-square images are resized.</param>
/// <param name="filter">How the pixels of a resized image are computed.</param>
/// <param name="channels">1 or 3.</param>
internal sealed class Preparation(int size, ImageFit fit, ImageFilter filter, int channels)
{
    /// <summary>How images are resized; null if they are not.</summary>
    public ImagePreparation? Resizing { get; } = size == 0 ? null
        : fit == ImageFit.Stretch ? ImagePreparation.Stretch(size, size, filter)
        : ImagePreparation.Cover(size, size, filter);

    /// <summary>Returns the size of preprocessed images, or null if they differ.</summary>
    public (int Height, int Width, int Channels)? Size(ImageShape shape)
    {
        if (size > 0)
            return (size, size, channels);
        return shape is { Height: { } height, Width: { } width } ? (height, width, channels) : null;
    }

    /// <summary>Returns the preprocessed image; the same object if there is nothing to do.</summary>
    public ImagePixels Apply(ImagePixels image)
    {
        if (channels == 1)
            image = image.WithChannels(1);
        image = Resizing?.Apply(image) ?? image;
        return image.WithChannels(channels);
    }
}
