using Tenon.Images.Folders;

namespace Tenon.Images.Tests.Folders;

/// <summary>Opens the images of a temporary folder, all of them for training unless the options say otherwise.</summary>
public abstract class ImageFoldersTest : IDisposable
{
    protected TemporaryFolder Folder { get; } = new();

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected string Refusal(ImageFoldersOptions options) =>
        this.Invoking(t => t.Open(options)).Should().Throw<DataException>().Which.Message;

    protected IDataset<ImageExample> Open(ImageFoldersOptions options) => new ImageFoldersData().Open(
        options with { Path = options.Path ?? ".", TestShare = options.TestShare == 0.2 ? 0 : options.TestShare }, Folder.Context());
}
