namespace Tenon.Lstm.Tests;

public class ArchitectureTests
{
    private static readonly ModelFacts Published = new(null, new SpecialTokens(), new DataFacts());

    // Embedding and head of 10,000 words, and 4·H·(2·H + 2) weights in each of 2 layers.
    [Theory]
    [InlineData("zaremba-small", 200, 20)]
    [InlineData("zaremba-medium", 650, 35)]
    [InlineData("zaremba-large", 1500, 35)]
    public void Presets_have_the_published_sizes(string preset, int hidden, int context)
    {
        var architecture = new LstmArchitecture();
        using RecurrentModel model = architecture.Build(
            architecture.Resolve(new RecurrentModelOptions { Preset = preset }, Published), Meta());

        model.parameters().Sum(parameter => parameter.numel()).Should()
            .Be(2 * 10_000L * hidden + 10_000 + 2 * 4L * hidden * (2 * hidden + 2));
        model.ContextLength.Should().Be(context);
        model.Cost.ForwardFlop.Should().Be(2.0 * (2 * 4L * hidden * 2 * hidden + 10_000L * hidden));
    }

    [Fact]
    public void The_attribute_lists_the_presets() =>
        AllowedNames.Of<RecurrentModelOptions>(nameof(RecurrentModelOptions.Preset)).Should()
            .BeEquivalentTo(RecurrentPresets.LanguageModels.Names);

    [Theory]
    [InlineData("lstm", 4)]
    [InlineData("gru", 3)]
    public void Gates_determine_the_size(string name, int gates)
    {
        using RecurrentModel model = Models.Tiny(name);

        model.state_dict()[$"{name}.weight_ih_l0"].shape.Should().Equal(gates * 24, 16);
        model.state_dict()[$"{name}.weight_hh_l1"].shape.Should().Equal(gates * 24, 24);
    }

    [Fact]
    public void Tied_models_project_to_the_embedding_and_others_have_a_head()
    {
        using RecurrentModel tied = Models.Tiny("lstm"), untied = Models.Tiny("lstm", options => options with { TieEmbeddings = false });

        tied.state_dict().Keys.Should().Contain(["projection.weight", "head_bias"]).And.NotContain("head.weight");
        untied.state_dict().Keys.Should().Contain(["head.weight", "head.bias"]).And.NotContain(["projection.weight", "head_bias"]);
        (tied.EmbeddingSize, untied.EmbeddingSize).Should().Be((16, 24));
    }

    [Theory]
    [InlineData(true, "LstmForTokenClassification", RecurrentHeads.Tokens)]
    [InlineData(false, "LstmForSequenceClassification", RecurrentHeads.Texts)]
    public void The_data_determines_the_head_and_the_folder_its_class(bool labelsWords, string modelClass, string head)
    {
        var architecture = new LstmClassifierArchitecture();
        var facts = new ModelFacts(
            91, new SpecialTokens { EndOfText = 0 }, new DataFacts { Labels = ["a", "b"], LabelsWords = labelsWords });
        RecurrentClassifierOptions options = architecture.Resolve(new RecurrentClassifierOptions(), facts);

        ModelConfiguration written = architecture.Describe(options);

        options.Head.Should().Be(head);
        written["config.json"]["architectures"]![0]!.GetValue<string>().Should().Be(modelClass);
        architecture.Read(written).Should().BeEquivalentTo(options);
    }

    [Fact]
    public void A_head_that_contradicts_the_data_is_refused()
    {
        var facts = new ModelFacts(91, new SpecialTokens(), new DataFacts { Labels = ["a", "b"], LabelsWords = true });
        Action resolve = () => new GruClassifierArchitecture().Resolve(
            new RecurrentClassifierOptions { Head = RecurrentHeads.Texts }, facts);

        resolve.Should().Throw<ModelException>().WithMessage("'head' is 'sequence-classification', but the data labels words.*");
    }

    [Fact]
    public void A_language_model_s_folder_starts_a_classifier()
    {
        var language = new LstmArchitecture();
        var classifier = new LstmClassifierArchitecture();
        RecurrentModelOptions options = language.Resolve(
            new RecurrentModelOptions { HiddenSize = 12, EmbeddingSize = 8, VocabularySize = 91 }, Published);

        RecurrentClassifierOptions read = classifier.Read(language.Describe(options));

        (read.Layers, read.HiddenSize, read.EmbeddingSize, read.Bidirectional).Should().Be((2, 12, 8, false));
        using RecurrentModel from = language.Build(options, Meta());
        using RecurrentClassifier to = classifier.Build(classifier.Resolve(read, Published), Meta());
        from.state_dict().Keys.Where(name => !language.IsHead(name)).Should()
            .BeEquivalentTo(to.state_dict().Keys.Where(name => !classifier.IsHead(name)));
    }

    private static BuildContext Meta() => new(torch.META, new Autocast());
}
