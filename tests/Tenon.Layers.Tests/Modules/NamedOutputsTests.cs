namespace Tenon.Layers.Tests.Modules;

public class NamedOutputsTests
{
    [Fact]
    public void Only_requested_outputs_are_computed_and_kept()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var inputs = new Dictionary<string, Tensor> { ["x"] = torch.ones([2]) };
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        IReadOnlyDictionary<string, Tensor> found = Outputs(inputs, new HashSet<string> { "double", "states.1", "unknown" });

        found.Keys.Should().Equal("double", "states.1");
        found["double"].data<float>().ToArray().Should().Equal(2, 2);
        found["states.1"].data<float>().ToArray().Should().Equal(3, 3);
        (DisposeScopeManager.Statistics.ThreadTotalLiveCount - before).Should().Be(2);
    }

    [Fact]
    public void Outputs_live_in_the_caller_s_scope()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var inputs = new Dictionary<string, Tensor> { ["x"] = torch.ones([2]) };
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        using (torch.NewDisposeScope())
            Outputs(inputs, new HashSet<string> { "double", "states.0", "states.1" });

        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
    }

    [Fact]
    public void A_missing_input_is_named()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Action missing = () =>
            Outputs(new Dictionary<string, Tensor> { ["z"] = torch.ones([2]), ["y"] = torch.ones([2]) }, new HashSet<string>());
        missing.Should().Throw<ModelException>().WithMessage("The inputs have no 'x'. They have: y, z.");
    }

    private static IReadOnlyDictionary<string, Tensor> Outputs(Dictionary<string, Tensor> inputs, HashSet<string> requested)
    {
        using var outputs = new NamedOutputs(inputs, requested);
        Tensor x = outputs.Input("x");
        Tensor doubled = x + x;
        outputs.Add("double", () => doubled);
        outputs.Add("never", () => throw new InvalidOperationException("This output is not asked for."));
        outputs.AddEach("states", [doubled, doubled + x]);
        outputs.IsRequested("states.0").Should().Be(requested.Contains("states.0"));
        return outputs.Take();
    }
}
