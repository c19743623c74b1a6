using Tenon.Testing;

namespace Tenon.Lstm.Tests;

/// <summary>What the contract asks of every architecture.</summary>
public sealed class LstmConformanceTests : ArchitectureTests<RecurrentModelOptions, RecurrentModel>
{
    protected override IArchitecture<RecurrentModelOptions, RecurrentModel> Architecture => new LstmArchitecture();
}

/// <inheritdoc cref="LstmConformanceTests"/>
public sealed class LstmWithAHeadOfItsOwnConformanceTests : ArchitectureTests<RecurrentModelOptions, RecurrentModel>
{
    protected override IArchitecture<RecurrentModelOptions, RecurrentModel> Architecture => new LstmArchitecture();

    protected override RecurrentModelOptions Options => new()
    {
        Layers = 2,
        HiddenSize = 16,
        ContextLength = 24,
        TieEmbeddings = false,
        InitializerRange = 0.5,
        Dropout = 0.1,
    };
}

/// <inheritdoc cref="LstmConformanceTests"/>
public sealed class GruConformanceTests : ArchitectureTests<RecurrentModelOptions, RecurrentModel>
{
    protected override IArchitecture<RecurrentModelOptions, RecurrentModel> Architecture => new GruArchitecture();
}

/// <inheritdoc cref="LstmConformanceTests"/>
public sealed class Seq2SeqConformanceTests : ArchitectureTests<Seq2SeqOptions, Seq2SeqModel>
{
    protected override IArchitecture<Seq2SeqOptions, Seq2SeqModel> Architecture => new Seq2SeqArchitecture();
}

/// <inheritdoc cref="LstmConformanceTests"/>
public sealed class Seq2SeqWithoutAttentionConformanceTests : ArchitectureTests<Seq2SeqOptions, Seq2SeqModel>
{
    protected override IArchitecture<Seq2SeqOptions, Seq2SeqModel> Architecture => new Seq2SeqArchitecture();

    protected override Seq2SeqOptions Options => new()
    {
        HiddenSize = 16,
        ContextLength = 24,
        Attention = false,
        TieEmbeddings = false,
        InitializerRange = 0.5,
        Dropout = 0.1,
    };
}

/// <inheritdoc cref="LstmConformanceTests"/>
public sealed class LstmClassifierConformanceTests : ArchitectureTests<RecurrentClassifierOptions, RecurrentClassifier>
{
    protected override IArchitecture<RecurrentClassifierOptions, RecurrentClassifier> Architecture => new LstmClassifierArchitecture();
}

/// <inheritdoc cref="LstmConformanceTests"/>
public sealed class GruClassifierConformanceTests : ArchitectureTests<RecurrentClassifierOptions, RecurrentClassifier>
{
    protected override IArchitecture<RecurrentClassifierOptions, RecurrentClassifier> Architecture => new GruClassifierArchitecture();

    protected override RecurrentClassifierOptions Options => new()
    {
        HiddenSize = 16,
        ContextLength = 24,
        Bidirectional = false,
        InitializerRange = 0.5,
        Dropout = 0.1,
    };
}
