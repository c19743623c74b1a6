using Tenon.Safetensors;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Parity;

/// <summary>
/// Compares a model's outputs, and the gradients of its loss, with those that a reference implementation wrote for the
/// same weights and inputs. The folder has <c>inputs.safetensors</c> and <c>outputs.safetensors</c>, and for gradients
/// <c>grads.safetensors</c> or <c>grads_summary.safetensors</c> (2-norm, sum, sum of absolute values, first and last
/// element of each), by the parameters' names.
/// </summary>
public static class ParityCheck
{
    /// <summary>The tolerance that is usual for float32.</summary>
    public const double DefaultTolerance = 1e-4;

    private const string Loss = "loss";
    private const string SummaryFile = "grads_summary.safetensors";
    private static readonly string[] GradientFiles = ["grads.safetensors", SummaryFile];

    /// <summary>Runs the comparison, in eval mode and in float32.</summary>
    /// <param name="model">With the reference's weights. Its gradients are cleared.</param>
    /// <param name="folder">Holds the reference data.</param>
    /// <param name="tolerance">
    /// Largest difference, as a share of the reference's largest absolute value or of 1, whichever is more. Whole numbers
    /// must be equal.
    /// </param>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    /// <exception cref="SafetensorsException">A file is no valid safetensors.</exception>
    public static ParityReport Run(IModel model, string folder, double tolerance = DefaultTolerance)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(folder);
        using DisposeScope scope = torch.NewDisposeScope();
        bool wasTraining = model.Module.training;
        model.Module.eval();
        try
        {
            return Run(model, folder, new Comparison(tolerance));
        }
        finally
        {
            ClearGradients(model);
            model.Module.train(wasTraining);
        }
    }

    private static ParityReport Run(IModel model, string folder, Comparison comparison)
    {
        torch.Device device = model.Module.parameters().Select(parameter => parameter.device).FirstOrDefault() ?? torch.CPU;
        Dictionary<string, Tensor> inputs = ReadAll(Path.Combine(folder, "inputs.safetensors")).ToDictionary(pair => pair.Key, pair => pair.Value.to(device));
        SortedDictionary<string, Tensor> references = ReadAll(Path.Combine(folder, "outputs.safetensors"));
        string? gradients = GradientFiles.Select(file => Path.Combine(folder, file)).FirstOrDefault(File.Exists);

        // The loss is asked for even where the reference has none of it, for the gradients.
        IReadOnlyDictionary<string, Tensor> outputs = model.Outputs(inputs, references.Keys.Append(Loss).ToHashSet(StringComparer.Ordinal));
        foreach ((string name, Tensor reference) in references)
        {
            if (outputs.TryGetValue(name, out Tensor? output))
                comparison.Add(name, ParityKind.Output, output, reference);
            else
                comparison.NotCompared.Add(name);
        }

        if (gradients is null)
            return comparison.Report();
        if (!outputs.TryGetValue(Loss, out Tensor? loss) || !loss.requires_grad)
        {
            comparison.NotCompared.Add("gradients, because the model gives no 'loss' for these inputs");
            return comparison.Report();
        }

        ClearGradients(model);
        loss.backward();
        CompareGradients(model, ReadAll(gradients), Path.GetFileName(gradients) == SummaryFile, comparison);
        return comparison.Report();
    }

    private static void CompareGradients(IModel model, SortedDictionary<string, Tensor> references, bool summary, Comparison comparison)
    {
        Dictionary<string, Parameter> parameters = model.Module.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter, StringComparer.Ordinal);
        ParityKind kind = summary ? ParityKind.GradientSummary : ParityKind.Gradient;
        foreach ((string name, Tensor reference) in references)
        {
            if (!parameters.TryGetValue(name, out Parameter? parameter))
            {
                comparison.Fail(name, kind, reference, "the model has no such parameter");
                continue;
            }

            // A parameter that the loss does not depend on has no gradient here and zeros in some references.
            Tensor gradient = parameter.grad is { } g ? g : torch.zeros_like(parameter);
            comparison.Add(name, kind, summary ? Summary(gradient) : gradient, reference);
        }

        comparison.NotCompared.AddRange(parameters.Keys.Where(name => !references.ContainsKey(name)).Select(name => $"gradient of {name}").Order(StringComparer.Ordinal));
    }

    private static Tensor Summary(Tensor gradient)
    {
        Tensor flat = gradient.detach().to(torch.ScalarType.Float64).reshape(-1);
        return torch.stack([flat.norm(), flat.sum(), flat.abs().sum(), flat[0], flat[-1]]); // [5]
    }

    private static SortedDictionary<string, Tensor> ReadAll(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        return new SortedDictionary<string, Tensor>(file.Tensors.Keys.ToDictionary(name => name, file.Read), StringComparer.Ordinal);
    }

    private static void ClearGradients(IModel model)
    {
        foreach (Parameter parameter in model.Module.parameters())
            parameter.grad = null;
    }

    private sealed class Comparison(double tolerance)
    {
        private readonly List<ParityRow> _rows = [];

        public List<string> NotCompared { get; } = [];

        public ParityReport Report() => new(_rows, NotCompared);

        public void Fail(string name, ParityKind kind, Tensor reference, string why) =>
            _rows.Add(new ParityRow(name, kind, reference.shape, double.NaN, Largest(reference), false, why));

        public void Add(string name, ParityKind kind, Tensor found, Tensor reference)
        {
            if (!found.shape.SequenceEqual(reference.shape))
            {
                Fail(name, kind, reference, $"the model's has the shape [{string.Join(", ", found.shape)}]");
                return;
            }

            using DisposeScope scope = torch.NewDisposeScope();
            bool exact = !reference.is_floating_point();
            Tensor expected = reference.to(torch.ScalarType.Float64);
            Tensor actual = found.detach().cpu().to(torch.ScalarType.Float64);
            // Equal infinities differ by nothing, though their difference is not a number.
            double difference = Largest(torch.where(actual.eq(expected), torch.zeros_like(expected), actual - expected));
            double largest = Largest(expected);
            _rows.Add(new ParityRow(name, kind, reference.shape, difference, largest, difference <= (exact ? 0 : tolerance * Math.Max(1, largest))));
        }

        private static double Largest(Tensor tensor)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            return tensor.numel() == 0 ? 0 : tensor.to(torch.ScalarType.Float64).abs().max().item<double>();
        }
    }
}
