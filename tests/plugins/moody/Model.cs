using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Tenon;
using static TorchSharp.torch;

namespace Zoo;

public sealed record ModelOptions : IValidatableObject
{
    private static readonly int Initial = Initialize();
    private readonly int _size = Initial;

    public int Size
    {
        get => _size;
        init
        {
            Mood.At("binding of options");
            _size = value;
        }
    }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        Mood.At("validation of options");
        return [];
    }

    private static int Initialize()
    {
        Mood.At("type initializer of options");
        return 2;
    }
}

[Architecture("moody", "A linear map of the length of a text")]
public sealed class MoodyArchitecture : IArchitecture<ModelOptions, MoodyModel>
{
    public MoodyArchitecture(Keeper keeper)
    {
        Mood.At("constructor");
        ArgumentNullException.ThrowIfNull(keeper);
    }

    public ModelOptions Resolve(ModelOptions options, ModelFacts facts)
    {
        Mood.At("resolving options");
        return options;
    }

    public MoodyModel Build(ModelOptions options, BuildContext context)
    {
        Mood.At("building");
        return new MoodyModel(options.Size);
    }

    public ModelConfiguration Describe(ModelOptions options)
    {
        Mood.At("describing");
        return new(new JsonObject { ["size"] = options.Size });
    }

    public ModelOptions Read(ModelConfiguration configuration) => new();
}

public sealed class MoodyModel : nn.Module<Tensor, Tensor>, IModel, ICollate<LabelledTextExample>
{
    private readonly TorchSharp.Modules.Linear map;

    public MoodyModel(int size) : base(nameof(MoodyModel))
    {
        map = nn.Linear(1, size);
        RegisterComponents();
    }

    public nn.Module Module => this;

    public override Tensor forward(Tensor input)
    {
        Mood.At("forward pass");
        return map.call(input);
    }

    public Tensor Loss(Batch batch)
    {
        Mood.At("loss");
        return call(batch["x"]).square().mean();
    }

    public IReadOnlyDictionary<string, Tensor> Outputs(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested) =>
        new Dictionary<string, Tensor>();

    public Batch Collate(IReadOnlyList<LabelledTextExample> examples, CollateContext context)
    {
        Mood.At("making of a batch");
        float[] lengths = [.. examples.Select(e => (float)context.Tokenizer!.Encode(e.Text).Count)];
        return new Batch(new Dictionary<string, Tensor> { ["x"] = tensor(lengths).unsqueeze(1) }, examples.Count, examples.Count);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
            Mood.At("disposing of the model");
    }
}
