using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tenon.Kernels;

/// <summary>
/// Group normalisation (Wu and He 2018) of images whose channels lie side by side, with the activation behind it, on the
/// processor and in float32. What a thread takes at a time stays in its cache from the first pass over it to the last. Each
/// number is the same, whatever the number of threads.
/// </summary>
/// <param name="Images">B.</param>
/// <param name="Pixels">H·W.</param>
/// <param name="Channels">C, a multiple of 16.</param>
/// <param name="Groups">Of channels; their number divides C.</param>
/// <param name="Epsilon">Added to the variance.</param>
/// <param name="Silu">Whether x·σ(x) is taken of the result (Elfwing et al. 2017).</param>
internal sealed unsafe record PixelNorm(int Images, int Pixels, int Channels, int Groups, float Epsilon, bool Silu)
{
    /// <summary>Channels taken at a time.</summary>
    public const int Width = 16;

    private const int Lanes = Width / 2;
    private const int NumbersOfPart = 1 << 16;

    // All channels of so many pixels are taken before the next ones come from memory, which have been asked for by then. A
    // sum over them is closed before it grows so far that small numbers are lost.
    private const int PixelsOfBlock = 16;

    private delegate void Pass(in NormPart at, int pixel, int end, int channel);

    private int ChannelsOfGroup => Channels / Groups;

    /// <summary>Normalises.</summary>
    /// <typeparam name="TInput">Form of the input.</typeparam>
    /// <typeparam name="TResult">Form of the result.</typeparam>
    /// <param name="tensors">The input, gain and offset; result, centres and inverse deviations are written.</param>
    /// <param name="threads">Threads at work at most.</param>
    public void Forward<TInput, TResult>(NormTensors tensors, int threads)
        where TInput : struct, IWritableFormat
        where TResult : struct, IWritableFormat
    {
        int channels = ChannelsOfPart(), parts = Channels / channels;
        SharedWork.Do(threads, Images * parts, part =>
        {
            NormPart at = tensors.Part(this, part / parts, part % parts * channels, channels, TInput.Size, TResult.Size);
            Measure<TInput>(at);
            Walk(at, Apply<TInput, TResult>);
        });
    }

    /// <summary>The gradients.</summary>
    /// <typeparam name="TInput">Form of the input and its gradient.</typeparam>
    /// <typeparam name="TResult">Form of the result and its gradient.</typeparam>
    /// <param name="tensors">As <see cref="Forward"/> has left them, with the result's gradient as its result; the other gradients are written.</param>
    /// <param name="threads">Threads at work at most.</param>
    public void Backward<TInput, TResult>(NormTensors tensors, int threads)
        where TInput : struct, IWritableFormat
        where TResult : struct, IWritableFormat
    {
        int channels = ChannelsOfPart(), parts = Channels / channels;
        SharedWork.Do(threads, Images * parts, part =>
        {
            float[] rented = ArrayPool<float>.Shared.Rent(Pixels * channels + 3 * channels);
            fixed (float* scratch = rented)
            {
                NormPart at = tensors.Part(this, part / parts, part % parts * channels, channels, TInput.Size, TResult.Size);
                at.Sums = scratch;
                at.Scratch = scratch + 3 * channels;
                Differentiate<TInput, TResult>(at);
            }

            ArrayPool<float>.Shared.Return(rented);
        });
    }

    // Whole groups and whole vectors: as many of an image as the cache holds.
    private int ChannelsOfPart()
    {
        int least = ChannelsOfGroup * Width / (int)BigInteger.GreatestCommonDivisor(ChannelsOfGroup, Width), most = Channels / least;
        return least * Enumerable.Range(1, most).Last(many => many == 1 || (most % many == 0 && (long)many * least * Pixels <= NumbersOfPart));
    }

    private void Walk(in NormPart at, Pass pass)
    {
        for (int pixel = 0; pixel < Pixels; pixel += PixelsOfBlock)
        {
            int end = Math.Min(Pixels, pixel + PixelsOfBlock);
            for (int channel = 0; channel < at.Channels; channel += Width)
                pass(at, pixel, end, channel);
        }
    }

    // Of each channel, what is taken from its input, which is the group's mean less what is added to the channel, and
    // 1/√(variance + ε).
    private void Measure<TInput>(in NormPart at)
        where TInput : struct, IWritableFormat
    {
        int channels = at.Channels;
        double count = (double)Pixels * ChannelsOfGroup;
        new Span<float>(at.Centres, channels).Clear();
        new Span<float>(at.InverseDeviations, channels).Clear();
        Walk(at, AddUp<TInput>);
        for (int first = 0; first < channels; first += ChannelsOfGroup)
        {
            double sum = 0;
            for (int channel = first; channel < first + ChannelsOfGroup; channel++)
                sum += at.Centres[channel] + (double)Pixels * at.AddedTo(channel);
            for (int channel = first; channel < first + ChannelsOfGroup; channel++)
                at.Centres[channel] = (float)(sum / count) - at.AddedTo(channel);
        }

        Walk(at, AddUpSquares<TInput>);
        for (int first = 0; first < channels; first += ChannelsOfGroup)
        {
            double squares = 0;
            for (int channel = first; channel < first + ChannelsOfGroup; channel++)
                squares += at.InverseDeviations[channel];
            new Span<float>(at.InverseDeviations + first, ChannelsOfGroup).Fill((float)(1 / Math.Sqrt(squares / count + Epsilon)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddUp<TInput>(in NormPart at, int pixel, int end, int channel)
        where TInput : struct, IWritableFormat
    {
        byte* input = at.Input;
        Vector256<float> a = Vector256<float>.Zero, b = a;
        nint stride = Channels, last = end * stride;
        for (nint i = pixel * stride + channel; i < last; i += stride)
        {
            Prefetch.Line(input + (i + PixelsOfBlock * stride) * TInput.Size);
            a += TInput.Eight(input, i);
            b += TInput.Eight(input, i + Lanes);
        }

        Add(at.Centres + channel, a, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddUpSquares<TInput>(in NormPart at, int pixel, int end, int channel)
        where TInput : struct, IWritableFormat
    {
        byte* input = at.Input;
        Vector256<float> a = Vector256<float>.Zero, b = a, centre = Vector256.Load(at.Centres + channel), second = Vector256.Load(at.Centres + channel + Lanes);
        nint stride = Channels, last = end * stride;
        for (nint i = pixel * stride + channel; i < last; i += stride)
        {
            Vector256<float> x = TInput.Eight(input, i) - centre, y = TInput.Eight(input, i + Lanes) - second;
            a = Vector256.MultiplyAddEstimate(x, x, a);
            b = Vector256.MultiplyAddEstimate(y, y, b);
        }

        Add(at.InverseDeviations + channel, a, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Apply<TInput, TResult>(in NormPart at, int pixel, int end, int channel)
        where TInput : struct, IWritableFormat
        where TResult : struct, IWritableFormat
    {
        byte* input = at.Input, result = at.Result;
        (Vector256<float> scale, Vector256<float> offset) = at.Line(channel);
        (Vector256<float> secondScale, Vector256<float> secondOffset) = at.Line(channel + Lanes);
        nint stride = Channels, last = end * stride;
        for (nint i = pixel * stride + channel; i < last; i += stride)
        {
            Vector256<float> x = Vector256.MultiplyAddEstimate(TInput.Eight(input, i), scale, offset);
            Vector256<float> y = Vector256.MultiplyAddEstimate(TInput.Eight(input, i + Lanes), secondScale, secondOffset);
            if (Silu)
                (x, y) = (x * RowFunctions.Sigmoid(x), y * RowFunctions.Sigmoid(y));
            TResult.WriteSixteen(result, i, x, y);
        }
    }

    // With d the gradient before the activation, x' = (x − centre) · inverse deviation and means over a group:
    // gradient of x = inverse deviation · (weight · d − mean(weight · d) − x' · mean(weight · d · x')).
    private void Differentiate<TInput, TResult>(in NormPart at)
        where TInput : struct, IWritableFormat
        where TResult : struct, IWritableFormat
    {
        int channels = at.Channels;
        float* centred = at.Sums, slopes = at.Sums + channels, shifts = slopes + channels;
        new Span<float>(at.BiasGradients, channels).Clear();
        new Span<float>(at.WeightGradients, channels).Clear();
        new Span<float>(centred, channels).Clear();
        Walk(at, BackThroughActivation<TInput, TResult>);

        // Gradient of x = d · weight · inverse deviation + (x − centre) · slope + shift.
        double count = (double)Pixels * ChannelsOfGroup;
        for (int first = 0; first < channels; first += ChannelsOfGroup)
        {
            float inverse = at.InverseDeviations[first];
            double mean = 0, product = 0;
            for (int channel = first; channel < first + ChannelsOfGroup; channel++)
            {
                at.WeightGradients[channel] *= inverse;
                mean += (double)at.Weight[channel] * at.BiasGradients[channel];
                product += (double)at.Weight[channel] * at.WeightGradients[channel];
            }

            new Span<float>(slopes + first, ChannelsOfGroup).Fill((float)(-inverse * inverse * product / count));
            new Span<float>(shifts + first, ChannelsOfGroup).Fill((float)(-inverse * mean / count));
        }

        for (int channel = 0; channel < channels; channel++)
        {
            if (at.AddedGradient is not null)
            {
                at.AddedGradient[channel] =
                    at.BiasGradients[channel] * at.Weight[channel] * at.InverseDeviations[channel] + centred[channel] * slopes[channel] + Pixels * shifts[channel];
            }

            shifts[channel] -= at.Centres[channel] * slopes[channel];
            centred[channel] = at.Weight[channel] * at.InverseDeviations[channel];
        }

        Walk(at, BackThroughNorm<TInput>);
    }

    // The gradient before the activation, [pixels / 16, C / 16, 16, 16] in the scratch; of each channel its sum, which is the
    // offset's gradient, its product with the input less the centre, which the gain's comes from, and that input's own sum.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackThroughActivation<TInput, TResult>(in NormPart at, int pixel, int end, int channel)
        where TInput : struct, IWritableFormat
        where TResult : struct, IWritableFormat
    {
        byte* input = at.Input, gradient = at.Result;
        float* inner = at.ScratchOf(pixel, end, channel);
        (Vector256<float> scale, Vector256<float> offset) = at.Line(channel);
        (Vector256<float> secondScale, Vector256<float> secondOffset) = at.Line(channel + Lanes);
        Vector256<float> centre = Vector256.Load(at.Centres + channel), secondCentre = Vector256.Load(at.Centres + channel + Lanes);
        Vector256<float> sum = Vector256<float>.Zero, secondSum = sum, product = sum, secondProduct = sum, centred = sum, secondCentred = sum;
        nint stride = Channels, last = end * stride;
        for (nint i = pixel * stride + channel; i < last; i += stride, inner += Width)
        {
            Prefetch.Line(input + (i + PixelsOfBlock * stride) * TInput.Size);
            Prefetch.Line(gradient + (i + PixelsOfBlock * stride) * TResult.Size);
            Vector256<float> x = TInput.Eight(input, i), y = TInput.Eight(input, i + Lanes);
            Vector256<float> ofX = TResult.Eight(gradient, i), ofY = TResult.Eight(gradient, i + Lanes);
            if (Silu)
            {
                ofX *= Slope(Vector256.MultiplyAddEstimate(x, scale, offset));
                ofY *= Slope(Vector256.MultiplyAddEstimate(y, secondScale, secondOffset));
            }

            ofX.Store(inner);
            ofY.Store(inner + Lanes);
            sum += ofX;
            secondSum += ofY;
            x -= centre;
            y -= secondCentre;
            centred += x;
            secondCentred += y;
            product = Vector256.MultiplyAddEstimate(ofX, x, product);
            secondProduct = Vector256.MultiplyAddEstimate(ofY, y, secondProduct);
        }

        Add(at.BiasGradients + channel, sum, secondSum);
        Add(at.WeightGradients + channel, product, secondProduct);
        Add(at.Sums + channel, centred, secondCentred);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackThroughNorm<TInput>(in NormPart at, int pixel, int end, int channel)
        where TInput : struct, IWritableFormat
    {
        byte* input = at.Input, gradient = at.InputGradient;
        float* inner = at.ScratchOf(pixel, end, channel), scales = at.Sums + channel, slopes = scales + at.Channels, shifts = slopes + at.Channels;
        Vector256<float> scale = Vector256.Load(scales), secondScale = Vector256.Load(scales + Lanes);
        Vector256<float> slope = Vector256.Load(slopes), secondSlope = Vector256.Load(slopes + Lanes);
        Vector256<float> shift = Vector256.Load(shifts), secondShift = Vector256.Load(shifts + Lanes);
        nint stride = Channels, last = end * stride;
        for (nint i = pixel * stride + channel; i < last; i += stride, inner += Width)
        {
            Vector256<float> x = Vector256.MultiplyAddEstimate(TInput.Eight(input, i), slope, shift);
            Vector256<float> y = Vector256.MultiplyAddEstimate(TInput.Eight(input, i + Lanes), secondSlope, secondShift);
            x = Vector256.MultiplyAddEstimate(Vector256.Load(inner), scale, x);
            y = Vector256.MultiplyAddEstimate(Vector256.Load(inner + Lanes), secondScale, y);
            TInput.WriteSixteen(gradient, i, x, y);
        }
    }

    // d/dx x·σ(x) = σ(x) · (1 + x · (1 − σ(x)))
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Slope(Vector256<float> x)
    {
        Vector256<float> sigmoid = RowFunctions.Sigmoid(x);
        return Vector256.MultiplyAddEstimate(x * sigmoid, Vector256<float>.One - sigmoid, sigmoid);
    }

    private static void Add(float* to, Vector256<float> first, Vector256<float> second)
    {
        (Vector256.Load(to) + first).Store(to);
        (Vector256.Load(to + Lanes) + second).Store(to + Lanes);
    }
}
