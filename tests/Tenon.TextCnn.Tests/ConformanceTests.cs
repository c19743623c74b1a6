using Tenon.Testing;

namespace Tenon.TextCnn.Tests;

/// <summary>What the contract asks of every architecture.</summary>
public sealed class TextCnnConformanceTests : ArchitectureTests<TextCnnOptions, TextCnnModel>
{
    protected override IArchitecture<TextCnnOptions, TextCnnModel> Architecture => new TextCnnArchitecture();
}

/// <inheritdoc cref="TextCnnConformanceTests"/>
public sealed class TcnConformanceTests : ArchitectureTests<TcnOptions, TcnModel>
{
    protected override IArchitecture<TcnOptions, TcnModel> Architecture => new TcnArchitecture();
}

/// <inheritdoc cref="TextCnnConformanceTests"/>
public sealed class TcnWithAHeadOfItsOwnConformanceTests : ArchitectureTests<TcnOptions, TcnModel>
{
    protected override IArchitecture<TcnOptions, TcnModel> Architecture => new TcnArchitecture();

    protected override TcnOptions Options => new()
    {
        Layers = 3,
        HiddenSize = 16,
        ContextLength = 24,
        TieEmbeddings = false,
        InitializerRange = 0.5,
        Dropout = 0.1,
    };
}
