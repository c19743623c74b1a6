using Tenon.Text.SdkTranslations;

namespace Tenon.Text.Tests;

public sealed class SdkTranslationsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Messages_of_the_SDK_have_translations()
    {
        using IDataset<TextPairExample> data =
            new SdkTranslationsData().Open(new SdkTranslationsOptions { Language = "fr" }, _folder.Context);

        data.Train.Count.Should().BeGreaterThan(5_000);
        data.Validation!.Count.Should().BeGreaterThan(100);
        data.Facts.Summary.Should().StartWith("messages of .NET SDK").And.Contain("English and fr");
        string[] learned = [.. data.Train.All().Select(pair => pair.First)];
        learned.Should().OnlyHaveUniqueItems();
        data.Validation.All().Select(pair => pair.First).Should().NotIntersectWith(learned);
        data.Train.All().Should().OnlyContain(pair => pair.First.Length <= 200 && pair.Second.Length <= 200 && pair.First != pair.Second);
    }

    [Fact]
    public void Reversed_pairs_have_the_translation_first()
    {
        using IDataset<TextPairExample> data = new SdkTranslationsData().Open(new SdkTranslationsOptions(), _folder.Context);
        using IDataset<TextPairExample> reversed =
            new SdkTranslationsData().Open(new SdkTranslationsOptions { Reverse = true }, _folder.Context);

        reversed.Train[0].Should().Be(new TextPairExample(data.Train[0].Second, data.Train[0].First));
    }

    [Fact]
    public void A_folder_without_an_SDK_is_named()
    {
        FluentActions.Invoking(() => new SdkTranslationsData().Open(new SdkTranslationsOptions { Sdk = "/nowhere" }, _folder.Context))
            .Should().Throw<DataException>().WithMessage("sdk-translations: no SDK (sdk/*) was found in '/nowhere'. Install*");
    }
}
