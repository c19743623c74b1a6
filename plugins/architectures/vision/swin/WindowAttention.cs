using Tenon.Layers;

namespace Tenon.Swin;

/// <summary>
/// Self-attention inside windows with a learned bias for each relative position (Liu et al. 2021, equation 4). State names:
/// <c>query</c>, <c>key</c>, <c>value</c>, <c>relative_position_bias_table</c> and its constant index.
/// </summary>
internal sealed class WindowAttention : SelfAttention
{
    public const string TableName = "relative_position_bias_table";
    public const string IndexName = "relative_position_index";

    private readonly int _heads;
    private readonly int _window;
    private readonly Autocast _autocast;

    public WindowAttention(TransformerShape shape, int window, SwinOptions options, BuildContext context)
        : base(shape.HiddenSize, shape.Heads, context, options.QkvBias, options.InitializerRange, options.AttentionDropout)
    {
        (_heads, _window, _autocast) = (shape.Heads, window, context.Autocast);
        long rows = (2L * window - 1) * (2 * window - 1);
        register_parameter(TableName, new Parameter(torch.zeros([rows, _heads], torch.ScalarType.Float32, context.Device)));
        register_buffer(IndexName, RelativePositions.Index(window, window, context.Device));
        Initialization.Normal(Table, options.InitializerRange);
    }

    private Parameter Table => get_parameter(TableName)!;

    /// <summary>Attends inside windows.</summary>
    /// <param name="windows">[B·K, W², E], the K windows of an image one after the other. Not disposed.</param>
    /// <param name="side">Height and width of the windows, W.</param>
    /// <param name="shiftMask">float32 [K, 1, W², W²] of shifted windows; or null. Not disposed.</param>
    /// <returns>[B·K, W², E] in the autocast's type, in the current dispose scope.</returns>
    public Tensor Forward(Tensor windows, int side, Tensor? shiftMask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor index = side == _window ? get_buffer(IndexName)! : RelativePositions.Index(side, _window, windows.device);
        int tokens = side * side;
        Tensor bias = Table.index_select(0, index.reshape(-1)).t().reshape(1, _heads, tokens, tokens); // [W⁴, H] -> [1, H, W², W²]
        long count = shiftMask?.size(0) ?? 1;
        if (shiftMask is not null)
            bias = (bias + shiftMask).reshape(1, count * _heads, tokens, tokens); // [K, H, W², W²] -> [1, K·H, W², W²]
        return Forward(windows, _autocast.Cast(bias), prefix: null, count).MoveToOuterDisposeScope();
    }
}
