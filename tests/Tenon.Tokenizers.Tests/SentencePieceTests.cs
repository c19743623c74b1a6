using System.Text;
using System.Text.Json;
using Tenon.Tests;
using Tenon.Tokenizers.SentencePiece;

namespace Tenon.Tokenizers.Tests;

/// <summary>Folders with SentencePiece models, as Llama, T5 and Marian have them.</summary>
public sealed class SentencePieceTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [SkippableTheory]
    [InlineData("en", "spiece.model", "")]
    [InlineData("llama", "tokenizer.model", "")]
    [InlineData("llama", "tokenizer.model",
        "{\"legacy\": false, \"bos_token\": \"<s>\", \"eos_token\": \"</s>\", \"unk_token\": \"<unk>\", \"add_eos_token\": true}")]
    [InlineData("de", "tokenizer.model", "{\"tokenizer_class\": \"LlamaTokenizer\", \"unk_token\": \"<unk>\", \"add_bos_token\": false}")]
    public void Are_saved_with_a_tokenizer_json_for_which_the_reference_library_gives_the_same_ids(string model, string name, string config)
    {
        Copy(model, name);
        if (config.Length > 0)
            folder.Write("tokenizer_config.json", config);
        var tokenizer = Open();
        using var saved = new TestFolder();
        tokenizer.Save(saved.Path);

        OracleTests.Equals(saved.Path, tokenizer);
        File.ReadAllBytes(Path.Combine(saved.Path, name)).Should().Equal(File.ReadAllBytes(Path.Combine(folder.Path, name)));
        var again = new HuggingFaceTokenizer().Open(saved.Path);
        again.Special.Should().Be(tokenizer.Special);
        again.Fingerprint.Should().Be(tokenizer.Fingerprint);
        again.Frame().After.Should().Equal(tokenizer.Frame().After);
    }

    // What spm_encode --output_format=id gives.
    [Fact]
    public void A_Llama_model_gives_the_ids_of_SentencePiece()
    {
        Copy("llama", "tokenizer.model");
        var tokenizer = Open();
        foreach (var (line, expected) in SingleLines().Zip(Expected("llama.ids.txt")))
            string.Join(' ', tokenizer.Encode(line)).Should().Be(expected, "of '{0}'", line);
    }

    // What spm_encode --output_format=piece gives.
    [Theory]
    [InlineData("en")]
    [InlineData("de")]
    public void Unigram_models_give_the_pieces_of_SentencePiece(string name)
    {
        var model = Model(name);
        var normalizer = new SentencePieceNormalizer(model);
        var unigram = Models.Unigram.Of(model);
        foreach (var (line, expected) in SingleLines().Zip(Expected($"{name}.pieces.txt")))
        {
            var text = normalizer.Normalize(line);
            string.Join(' ', unigram.Segment(text).Select(piece => text[piece.Start..piece.End])).Should().Be(expected, "of '{0}'", line);
        }
    }

    [Fact]
    public void Llama_texts_are_restored_with_their_spaces_and_bytes()
    {
        Copy("llama", "tokenizer.model");
        var tokenizer = Open();
        foreach (var line in Lines(1000))
        {
            var ids = tokenizer.Encode(line);
            // ▁ is spelled like a space.
            tokenizer.Decode(ids).Should().Be(line.Replace('▁', ' '));
            var decoder = tokenizer.StreamingDecoder();
            (string.Concat(ids.Select(decoder.Add)) + decoder.Flush()).Should().Be(tokenizer.Decode(ids));
        }
    }

    [Fact]
    public void Marian_splits_each_language_with_its_own_model_and_looks_pieces_up_in_one_list()
    {
        var (source, target) = (Model("en"), Model("de"));
        string[] pieces = [.. source.Pieces.Concat(target.Pieces).Select(piece => piece.Text).Append(">>deu<<").Distinct()
            .Where(text => text is not ("</s>" or "<unk>" or "<pad>" or "<s>"))];
        WriteMarian(["</s>", "<unk>", .. pieces, "<pad>"]);
        var tokenizer = Open();
        var ids = tokenizer.Encode(">>deu<<The value is a string.");

        tokenizer.TokenText(ids[0]).Should().Be(">>deu<<");
        tokenizer.Decode(ids.Skip(1)).Should().Be("The value is a string.");
        tokenizer.Frame().Should().BeEquivalentTo(new TokenFrame([], [], [0]) { SecondType = 0 });
        tokenizer.Special.Should().Be(new SpecialTokens { EndOfText = 0, Unknown = 1, Pad = pieces.Length + 2 });
        foreach (var (side, name) in new[] { (tokenizer, "en"), (tokenizer.Target, "de") })
        {
            foreach (var (line, expected) in SingleLines().Zip(Expected($"{name}.pieces.txt")))
                side.Encode(line).Should().Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(piece => side.TokenId(piece) ?? 1), "of '{0}'", line);
        }
    }

    [Fact]
    public void A_saved_Marian_folder_opens_to_the_same_tokenizer()
    {
        WriteMarian(["</s>", "<unk>", "▁the", ">>deu<<", "<pad>"]);
        var tokenizer = Open();
        using var saved = new TestFolder();
        tokenizer.Save(saved.Path);
        var again = new HuggingFaceTokenizer().Open(saved.Path);

        again.Fingerprint.Should().Be(tokenizer.Fingerprint).And.NotBe(tokenizer.Target.Fingerprint);
        again.Encode(">>deu<< the the").Should().Equal(3, 2, 2);
    }

    [Theory]
    [InlineData("source.spm", "*source.spm does not exist. Marian's tokenizer needs source.spm, target.spm and vocab.json*")]
    [InlineData("vocab.json", "*vocab.json does not exist*")]
    public void A_Marian_folder_with_a_missing_file_is_rejected_naming_it(string name, string message)
    {
        WriteMarian(["</s>", "<unk>", "<pad>"]);
        folder.Delete(name);
        var open = Open;
        open.Should().Throw<DataException>().WithMessage(message);
    }

    [Fact]
    public void T5_has_sentinels_and_an_end_after_each_text()
    {
        Copy("en", "spiece.model");
        var tokenizer = Open();

        tokenizer.VocabularySize.Should().Be(1100);
        tokenizer.TokenId("<extra_id_0>").Should().Be(1099);
        tokenizer.Encode("a <extra_id_1>", recognizeSpecial: true)[^1].Should().Be(1098);
        tokenizer.Frame().After.Should().Equal(1);
        tokenizer.Frame(pair: true).Should().BeEquivalentTo(new TokenFrame([], [1], [1]) { SecondType = 0 });
        tokenizer.Decode(tokenizer.Encode("The value is  ﬁne.")).Should().Be("The value is fine.");
    }

    [Theory]
    [InlineData("AlbertTokenizer", "*tokenizer_class is 'AlbertTokenizer'; supported next to spiece.model: T5Tokenizer, MT5Tokenizer*")]
    public void Other_classes_are_rejected_by_name(string tokenizerClass, string message)
    {
        Copy("en", "spiece.model");
        folder.Write("tokenizer_config.json", JsonSerializer.Serialize(new { tokenizer_class = tokenizerClass }));
        var open = Open;
        open.Should().Throw<DataException>().WithMessage(message);
    }

    [Fact]
    public void A_damaged_model_is_either_opened_or_rejected()
    {
        var whole = File.ReadAllBytes(Source("llama"));
        var random = new Random(5);
        for (var round = 0; round < 300; round++)
        {
            var damaged = whole[..(round % 2 == 0 ? whole.Length : random.Next(whole.Length))];
            for (var change = 0; change < 5 && damaged.Length > 0; change++)
                damaged[random.Next(Math.Min(damaged.Length, 2000))] = (byte)random.Next(256);
            try
            {
                ModelFile.Read("tokenizer.model", damaged).Pieces.Should().NotBeEmpty();
            }
            catch (DataException e)
            {
                e.Message.Should().StartWith("tokenizer.model");
            }
        }
    }

    private static IEnumerable<string> Lines(int count) =>
        VariedTexts.Lines(count).Select(line => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(line)));

    // Without line breaks, and without what reading lines or C strings loses.
    internal static IEnumerable<string> SingleLines() =>
        [.. Lines().Where(line => !line.Any("\r\n\0\u0085\u2028\u2029\u000B\u000C".Contains)).Take(300)];

    private static IEnumerable<string> Lines() => VariedTexts.Synthetic(1000).Prepend(new string('-', 131));

    private static string[] Expected(string name) =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(Source("en"))!, name)).Split('\n');

    private static string Source(string model) =>
        Path.Combine(Repository.Root, "tests", "Tenon.Tokenizers.Tests", "SentencePiece", $"{model}.model");

    private static ModelFile Model(string name) => ModelFile.Read(name, File.ReadAllBytes(Source(name)));

    private void Copy(string model, string name) => File.Copy(Source(model), Path.Combine(folder.Path, name));

    private void WriteMarian(string[] tokens)
    {
        Copy("en", "source.spm");
        Copy("de", "target.spm");
        folder.Write("vocab.json", JsonSerializer.Serialize(tokens.Index().ToDictionary(token => token.Item, token => token.Index)));
    }

    private ITokenizer Open() => new HuggingFaceTokenizer().Open(folder.Path);
}
