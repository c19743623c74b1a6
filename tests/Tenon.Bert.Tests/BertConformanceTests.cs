using Tenon.Testing;

namespace Tenon.Bert.Tests;

/// <summary>What the contract asks of every architecture, with the head for classes.</summary>
public sealed class BertClassifierConformanceTests : ArchitectureTests<BertOptions, BertModel>
{
    protected override IArchitecture<BertOptions, BertModel> Architecture => new BertArchitecture();
}

/// <summary>The same without classes: the masked language model.</summary>
public sealed class BertConformanceTests : ArchitectureTests<BertOptions, BertModel>
{
    protected override IArchitecture<BertOptions, BertModel> Architecture => new BertArchitecture();

    protected override DataFacts Data => new() { Summary = "text" };
}

/// <summary>The same with questions: the head for spans.</summary>
public sealed class BertQuestionConformanceTests : ArchitectureTests<BertOptions, BertModel>
{
    protected override IArchitecture<BertOptions, BertModel> Architecture => new BertArchitecture();

    protected override DataFacts Data => new() { HasQuestions = true, Summary = "questions" };
}
