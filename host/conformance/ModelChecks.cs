using System.Text.Json;
using Tenon.Host.Artifacts;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Conformance;

using ArchitectureCheck = Check<ArchitectureSubject>;
using Parameter = TorchSharp.Modules.Parameter;

/// <summary>Checks of every architecture: options, building, batches, loss, saving, ownership.</summary>
public static class ModelChecks
{
    /// <summary>Resolving resolved options does not change them.</summary>
    public static ArchitectureCheck Resolves { get; } =
        new("resolving is idempotent", "Resolving resolved options does not change them.", subject =>
    {
        string once = Json(subject.Options), twice = Json(subject.Architecture.Resolve(subject.Options, subject.Facts));
        return once == twice ? Verdict.Passed : Verdict.Fail($"Resolved once, the options are {once}; resolved twice, {twice}.");

        static string Json(object options) => JsonSerializer.Serialize(options, options.GetType());
    });

    /// <summary>A model read from its own configuration has the same tensors.</summary>
    public static ArchitectureCheck Describes { get; } =
        new("configuration round trip", "Read(Describe(options)) builds a model with the same tensors.", subject =>
    {
        using IModel model = subject.Build();
        object read = subject.Architecture.Resolve(subject.Architecture.Read(subject.Architecture.Describe(subject.Options)),
            subject.Facts);
        using IModel again = subject.Build(options: read);
        return Compare.Same(Compare.Layout(again.Module), Compare.Layout(model.Module),
            "The model that was read back has different tensors");
    });

    /// <summary>Building on the meta device gives the same names and shapes.</summary>
    public static ArchitectureCheck BuildsOnMeta { get; } =
        new("plans without memory", "On the meta device a model has the same tensors, none of them allocated.", subject =>
    {
        using IModel model = subject.Build();
        using IModel planned = subject.Build(device: META);
        string[] real = [.. planned.Module.named_parameters().Where(p => p.parameter.device_type != DeviceType.META).Select(p => p.name)];
        return real.Length > 0
            ? Verdict.Fail($"On the meta device these parameters are allocated: {Compare.Some(real)}. Create them on BuildContext.Device.")
            : Compare.Same(Compare.Layout(planned.Module), Compare.Layout(model.Module), "The planned model has different tensors");
    });

    /// <summary>The seed determines the parameters.</summary>
    public static ArchitectureCheck BuildsFromSeed { get; } =
        new("seed determines parameters", "Two models built with the same seed have equal parameters.", subject =>
    {
        using IModel one = subject.Build();
        using IModel other = subject.Build();
        Dictionary<string, Parameter> second = other.Module.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        return Compare.All(one.Module.named_parameters()
            .Select(p => Compare.Near(p.parameter, second[p.name], 0, $"The values of '{p.name}'")));
    });

    /// <summary>A batch is a function of examples and seed.</summary>
    public static ArchitectureCheck Collates { get; } = new("batches are deterministic",
        "A batch is a function of examples, mode and seed, and reports the number of its examples.", subject =>
    {
        using IModel model = subject.Build();
        return Compare.All(subject.Kinds(model).SelectMany(kind => new[] { true, false }.Select(training =>
        {
            using Batch one = subject.Batch(model, kind, training), again = subject.Batch(model, kind, training);
            using Batch other = subject.Batch(model, kind, training, seed: training ? 3ul : 4ul);
            return Compare.All(
                one.Examples == 4 ? Verdict.Passed : Verdict.Fail($"A batch of 4 {kind.Name}s reports {one.Examples} examples."),
                Compare.All(one.Names.Select(name =>
                    Compare.Near(again[name], one[name], 0, $"'{name}' in two batches of the same {kind.Name}s"))),
                Compare.All(one.Names.Select(name =>
                    Compare.Near(other[name], one[name], 0, $"'{name}' in validation batches with different seeds"))));
        })));
    });

    /// <summary>The loss is a finite float32 scalar with a graph.</summary>
    public static ArchitectureCheck Losses { get; } = new("loss is a scalar",
        "The loss of each example type is a finite float32 scalar with a graph, and deterministic for a seed.", subject =>
    {
        using IModel model = subject.Build();
        model.Module.train();
        return Compare.All(subject.Kinds(model).Select(kind =>
        {
            using DisposeScope scope = NewDisposeScope();
            using Batch batch = subject.Batch(model, kind, training: true);
            Tensor loss = Loss(model, batch), again = Loss(model, batch);
            return Compare.All(
                Compare.Has(loss, $"The loss of {kind.Name}s"),
                double.IsFinite(loss.item<float>()) ? Verdict.Passed : Verdict.Fail($"The loss of {kind.Name}s is {loss.item<float>()}."),
                loss.requires_grad ? Verdict.Passed
                    : Verdict.Fail($"The loss of {kind.Name}s has no graph: backward would have no effect."),
                Compare.Near(again, loss, 0, $"Two losses of the same {kind.Name}s with one seed"));
        }));
    });

    /// <summary>Every parameter gets a gradient.</summary>
    public static ArchitectureCheck Gradients { get; } =
        new("every parameter gets a gradient", "Each parameter gets a finite gradient from at least one example type.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IModel model = subject.Build();
        model.Module.train();
        foreach (ExampleKind kind in subject.Kinds(model))
        {
            using Batch batch = subject.Batch(model, kind, training: true);
            Loss(model, batch).backward();
        }

        string[] without = [.. model.Module.named_parameters().Where(p => p.parameter.requires_grad && p.parameter.grad is null)
            .Select(p => p.name)];
        string[] infinite = [.. model.Module.named_parameters().Where(p => p.parameter.grad is { } g && !g.isfinite().all().item<bool>())
            .Select(p => p.name)];
        return Verdict.Of([
            .. without.Length > 0 ? [$"These parameters get no gradient: {Compare.Some(without)}."] : Array.Empty<string>(),
            .. infinite.Length > 0
                ? [$"These parameters get a gradient that is not finite: {Compare.Some(infinite)}."] : Array.Empty<string>()]);
    });

    /// <summary>The loss is a mean over the targets.</summary>
    public static ArchitectureCheck Means { get; } =
        new("loss is a mean", "The target-weighted mean loss of two half batches equals the loss of the whole batch.", subject =>
    {
        using IModel model = subject.Build();
        return Compare.All(subject.Kinds(model).Select(kind =>
        {
            using DisposeScope scope = NewDisposeScope();
            using Batch whole = subject.Batch(model, kind), first = subject.Batch(model, kind, numbers: [0]),
            rest = subject.Batch(model, kind, numbers: [1, 2, 3]);
            Tensor loss = Loss(model, whole);
            if (Compare.Difference(Loss(model, whole, seed: 6), loss) > 0)
                return Verdict.Passed; // The loss is stochastic (diffusion): half batches draw different random numbers.
            if (whole.Targets != first.Targets + rest.Targets)
                return Verdict.Fail($"A batch of {kind.Name}s has {whole.Targets} targets, but its halves have {first.Targets} and " +
                    $"{rest.Targets}.");
            Tensor parts = (Loss(model, first) * first.Targets + Loss(model, rest) * rest.Targets) / Math.Max(1, whole.Targets);
            return Compare.Near(parts, loss, 1e-4, $"The loss of {kind.Name}s in halves and in one batch");
        }));
    });

    /// <summary>Saving and loading preserve the model.</summary>
    public static ArchitectureCheck Saves { get; } =
        new("saves and loads", "After saving and loading, the parameters and the loss are unchanged.", subject =>
    {
        string folder = Directory.CreateTempSubdirectory("tenon-check-").FullName;
        try
        {
            using DisposeScope scope = NewDisposeScope();
            using IModel model = subject.Build();
            using IModel loaded = subject.Build(seed: 2);
            string file = Path.Combine(folder, subject.Architecture.WeightsFile);
            WeightsWriter.Save(file, model.Module);
            WeightsReader.Load(file, loaded.Module, new WeightsFit(subject.Architecture.WeightName));
            ExampleKind kind = subject.Kinds(model)[0];
            using Batch batch = subject.Batch(model, kind);
            return Compare.Near(Loss(loaded, batch), Loss(model, batch), 0, "The losses of the saved and the loaded model");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    });

    /// <summary>A step does not leak tensors.</summary>
    public static ArchitectureCheck Frees { get; } =
        new("no tensor leaks", "After disposing a loss, its gradients and the batch, no tensor is left.", subject =>
    {
        using IModel model = subject.Build();
        model.Module.train();
        Use();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Use();
        long left = DisposeScopeManager.Statistics.ThreadTotalLiveCount - before;
        return left <= 0 ? Verdict.Passed : Verdict.Fail($"A training step leaves {left} tensors alive. Dispose the tensors that Loss " +
            "creates, or create them in a dispose scope.");

        void Use()
        {
            foreach (ExampleKind kind in subject.Kinds(model))
            {
                using DisposeScope scope = NewDisposeScope();
                using Batch batch = subject.Batch(model, kind, training: true);
                Loss(model, batch).backward();
                foreach (Parameter parameter in model.Module.parameters())
                    parameter.grad = null;
            }
        }
    });

    /// <summary>bfloat16 stays close to float32.</summary>
    public static ArchitectureCheck Bfloat16 { get; } =
        new("bfloat16 is close", "With matrix products in bfloat16 the loss is float32 and within 5 % of the float32 loss.", subject =>
    {
        var autocast = new Autocast();
        using IModel model = subject.Build(autocast: autocast);
        return Compare.All(subject.Kinds(model).Select(kind =>
        {
            using DisposeScope scope = NewDisposeScope();
            using Batch batch = subject.Batch(model, kind);
            autocast.Type = ScalarType.Float32;
            Tensor full = Loss(model, batch);
            autocast.Type = ScalarType.BFloat16;
            Tensor half = Loss(model, batch);
            return Compare.All(Compare.Has(half, $"The loss of {kind.Name}s"),
                Compare.Near(half, full, 0.05, $"The losses of {kind.Name}s in bfloat16 and float32"));
        }));
    });

    /// <summary>CUDA and CPU results agree.</summary>
    public static ArchitectureCheck Cuda { get; } =
        new("CUDA equals CPU", "The loss on a CUDA device equals the loss on the CPU.", subject =>
    {
        if (!cuda_is_available())
            return Verdict.Skip("This machine has no CUDA device.");
        using IModel model = subject.Build();
        return Compare.All(subject.Kinds(model).Select(kind =>
        {
            using DisposeScope scope = NewDisposeScope();
            using Batch batch = subject.Batch(model, kind);
            model.Module.to(CPU);
            Tensor here = Loss(model, batch);
            if (Compare.Difference(Loss(model, batch, seed: 6), here) > 0)
                return Verdict.Passed; // The random generators of two devices draw different numbers.
            model.Module.to(CUDA);
            return Compare.Near(Loss(model, batch.To(CUDA)).cpu(), here, 1e-3, $"The losses of {kind.Name}s on CUDA and CPU");
        }));
    });

    /// <summary>A description for GGUF covers every tensor.</summary>
    public static ArchitectureCheck Exports { get; } = new(
        "exports every tensor",
        "A description for GGUF names each tensor of the state dictionary differently, and interleaves the halves of whole heads.",
        subject =>
    {
        using IModel model = subject.Build();
        GgufLayout layout = Layout(ArchitectureSubject.As<IGgufModel>(model));
        Dictionary<string, Tensor> state = model.Module.state_dict();
        string[] lacking = [.. state.Keys.Where(name => !layout.Tensors.ContainsKey(name))];
        string[] twice = [.. layout.Tensors.Values.Select(tensor => tensor.Name).Concat(layout.Vectors.Keys)
            .GroupBy(name => name).Where(name => name.Count() > 1).Select(name => name.Key)];
        string[] uneven = [.. state.Where(value => layout.Tensors.GetValueOrDefault(value.Key)?.InterleavedHeads is { } heads
            && value.Value.size(0) % (2 * heads) != 0).Select(value => value.Key)];
        return Verdict.Of([
            .. lacking.Length > 0 ? [$"DescribeGguf does not name {Compare.Some(lacking)}."] : Array.Empty<string>(),
            .. twice.Length > 0 ? [$"DescribeGguf gives several tensors the name {Compare.Some(twice)}."] : Array.Empty<string>(),
            .. uneven.Length > 0
                ? [$"The rows of {Compare.Some(uneven)} cannot be divided into halves of InterleavedHeads heads."]
                : Array.Empty<string>()]);
    });

    /// <summary>All checks of models.</summary>
    public static IReadOnlyList<ArchitectureCheck> All { get; } =
        [Resolves, Describes, BuildsOnMeta, BuildsFromSeed, Collates, Losses, Gradients, Means, Saves, Frees, Bfloat16, Cuda, Exports];

    private static GgufLayout Layout(IGgufModel model)
    {
        try
        {
            return model.DescribeGguf();
        }
        catch (ModelException refused)
        {
            throw new NotApplicableException(refused.Message);
        }
    }

    internal static Tensor Loss(IModel model, Batch batch, long seed = 5)
    {
        using (manual_seed(seed))
            return model.Loss(batch);
    }
}
