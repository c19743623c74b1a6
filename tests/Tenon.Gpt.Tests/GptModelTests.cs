namespace Tenon.Gpt.Tests;

public class GptModelTests
{
    private static readonly HashSet<string> JustLogits = ["logits"];

    [Fact]
    public void Padding_on_the_left_changes_nothing()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Models.Tiny();
        using var noGrad = torch.no_grad();
        Tensor plain = model.Logits(Models.Ids([7, 8, 9]));
        Tensor padded = Models.Ids([1, 2, 7, 8, 9], [3, 4, 5, 6, 7]);
        Tensor mask = Models.Ids([0, 0, 1, 1, 1], [1, 1, 1, 1, 1]);

        Tensor logits = model.Logits(padded, mask);
        using IKeyValueCache cache = model.NewCache(2, 5);
        model.Logits(padded.narrow(1, 0, 4), mask.narrow(1, 0, 4), cache);
        Tensor last = model.Logits(padded.narrow(1, 4, 1), cache: cache);

        Goldens.Difference(logits[0].narrow(0, 2, 3), plain[0]).Should().BeLessThan(1e-5);
        Goldens.Difference(last[0], plain[0].narrow(0, 2, 1)).Should().BeLessThan(1e-5);
        Goldens.Difference(logits[1], model.Logits(padded.narrow(0, 1, 1))[0]).Should().BeLessThan(1e-5);
    }

    [Fact]
    public void Prompts_work_with_cache_and_padding()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Models.Tiny();
        using var noGrad = torch.no_grad();
        model.Prompt = new Prompt(torch.randn(3, 32), torch.randn([2, 2, 4, 2, 8]));
        Tensor ids = Models.Ids([5, 6, 7, 8]);
        Tensor whole = model.Logits(ids);

        using IKeyValueCache cache = model.NewCache(2, 6);
        Tensor padded = Models.Ids([9, 9, 5, 6, 7, 8], [1, 2, 3, 4, 5, 6]);
        Tensor mask = Models.Ids([0, 0, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1]);
        Tensor first = model.Logits(padded.narrow(1, 0, 5), mask.narrow(1, 0, 5), cache);
        Tensor last = model.Logits(padded.narrow(1, 5, 1), cache: cache);

        whole.shape.Should().Equal(1, 4, 96);
        model.ContextLength.Should().Be(19);
        model.BlockLength.Should().Be(20);
        Goldens.Difference(first[0].narrow(0, 2, 3), whole[0].narrow(0, 0, 3)).Should().BeLessThan(1e-5);
        Goldens.Difference(last[0], whole[0].narrow(0, 3, 1)).Should().BeLessThan(1e-5);
    }

    [Fact]
    public void Too_long_inputs_and_misshapen_prompts_are_rejected()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Models.Tiny();
        Action length = () => model.Logits(torch.zeros(1, 25, torch.ScalarType.Int64));
        Action cache = () => model.NewCache(1, 25);
        Action full = () =>
        {
            using IKeyValueCache small = model.NewCache(1, 2);
            model.Logits(torch.zeros(1, 3, torch.ScalarType.Int64), cache: small);
        };
        Action prompt = () => model.Prompt = new Prompt(torch.zeros(3, 31));

        length.Should().Throw<ModelException>().WithMessage("*25 tokens*context length is 24*");
        cache.Should().Throw<ModelException>().WithMessage("*25 tokens*context length is 24*");
        full.Should().Throw<ModelException>().WithMessage("*holds 2 tokens*3*");
        prompt.Should().Throw<ModelException>().WithMessage("*shape [3, 31]*takes [tokens, 32]*");
    }

    [Fact]
    public void Bfloat16_is_close_to_float32()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var autocast = new Autocast();
        using GptModel model = Models.Golden("gpt2-tiny", autocast: autocast);
        Dictionary<string, Tensor> inputs = Goldens.Read("gpt2-tiny", "inputs.safetensors");
        Tensor full = model.Outputs(inputs, JustLogits)["logits"];
        autocast.Type = torch.ScalarType.BFloat16;

        Tensor half = model.Outputs(inputs, JustLogits)["logits"];
        using IKeyValueCache cache = model.NewCache((int)inputs["input_ids"].size(0), (int)inputs["input_ids"].size(1));
        Tensor cached = model.Logits(inputs["input_ids"], cache: cache);

        half.dtype.Should().Be(torch.ScalarType.Float32);
        double scale = full.abs().max().item<float>();
        (Goldens.Difference(half, full) / scale).Should().BeInRange(1e-5, 0.03);
        (Goldens.Difference(cached, model.Logits(inputs["input_ids"])) / scale).Should().BeLessThan(0.03);
        Console.WriteLine($"bfloat16: relative difference {Goldens.Difference(half, full) / scale:g3}");
    }

    [Fact]
    public void Training_generation_and_evaluation_leave_no_tensor_behind()
    {
        using GptModel model = Models.Tiny();
        model.train();
        Use();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Use();

        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);

        void Use()
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using Batch batch = model.Collate([new TokenBlock(new[] { 1, 2, 3, 4 }), new TokenBlock(new[] { 5, 6, 7 })], Context());
            model.Loss(batch).backward();
            foreach (Parameter parameter in model.parameters())
                parameter.grad = null;
            using Rollout rollout = model.Sample(batch, new SamplingOptions { MaxNewTokens = 5 }, new SeededRandom(1));
            model.Evaluate(rollout, new SamplingOptions { MaxNewTokens = 5 });
            model.Embed(batch);
            model.Outputs(new Dictionary<string, Tensor>
            {
                ["input_ids"] = batch["input_ids"],
                ["prompt"] = batch["input_ids"].narrow(1, 0, 1)
            },
                new HashSet<string> { "logits", "hidden_states.0", "hidden_states.2", "last_hidden_state", "generated",
                    "loss_labels_eq_input_ids" });
        }
    }

    [Fact]
    public void Dropout_applies_only_in_training()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Models.Tiny(new GptOptions
        {
            Layers = 2,
            HiddenSize = 32,
            Heads = 4,
            ContextLength = 24,
            VocabularySize = 96,
            InitializerRange = 0.2,
            Dropout = 0.1,
            AttentionDropout = 0.1,
            EmbeddingDropout = 0.1,
        });
        Tensor ids = Models.Ids([5, 6, 7]);
        Tensor plain = model.Logits(ids);

        Goldens.Difference(model.Logits(ids), plain).Should().Be(0);
        model.train();
        torch.manual_seed(4);
        Tensor dropped = model.Logits(ids);
        torch.manual_seed(4);

        Goldens.Difference(dropped, plain).Should().BeGreaterThan(1e-3);
        Goldens.Difference(model.Logits(ids), dropped).Should().Be(0);
    }

    [Fact]
    public void A_model_moved_to_another_type_uses_its_new_parameters()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Models.Tiny();
        Tensor ids = Models.Ids([5, 6, 7]);
        Tensor before = model.Logits(ids);

        model.to(torch.ScalarType.BFloat16);
        model.to(torch.ScalarType.Float32);

        Goldens.Difference(model.Logits(ids), before).Should().BeInRange(1e-6, 1);
    }

    [Fact]
    public void Layers_expose_their_linear_maps_and_accept_deltas()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Models.Tiny();
        Tensor ids = Models.Ids([5, 6, 7]);
        Tensor plain = model.Logits(ids);
        Dictionary<string, ILinearMap> maps = model.named_modules().Where(pair => pair.module is ILinearMap)
            .ToDictionary(pair => pair.name, pair => (ILinearMap)pair.module);

        ILinearMap map = maps["transformer.h.1.attn.c_attn"];
        map.Delta = x => F.linear(x, map.Weight.t() * 0.5);
        Tensor changed = model.Logits(ids);
        map.Delta = null;
        using (torch.no_grad())
            map.Weight.mul_(1.5);

        maps.Should().HaveCount(8);
        map.Should().BeEquivalentTo(new { InFeatures = 32L, OutFeatures = 96L, Transposed = true });
        Goldens.Difference(changed, plain).Should().BeGreaterThan(1e-3);
        Goldens.Difference(changed, model.Logits(ids)).Should().BeLessThan(1e-5);
    }

    private static CollateContext Context() => new(new SeededRandom(1), Training: true, new ToyTokenizer());
}
