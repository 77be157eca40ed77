using System.Text.Json.Nodes;
using Edge.Cameras;
using Edge.Planner;
using Xunit;

namespace Edge.Tests.Planner;

/// <summary>The same files, read by transformers.js: ids, pixels and greedy answers must be equal.</summary>
public class TransformersJsTests
{
    private const int SizePx = 32;
    private const int Tokens = 24;

    /// <summary>Strings at which tokenizers differ. Left out: U+0085 and U+FEFF, of which JavaScript has another opinion than Hugging Face's own tokenizer.</summary>
    private static readonly string[] Tricky =
    [
        "Hello, world!", "it's", "IT'S we'll I'd've you're 's 't x''s ' s", "1234567890", " 42", "Room 101, Floor 42", "x²+y³=z¼ ⅷ ٣", "café résumé naïve", "cafe\u0301",
        "日本語のテキスト", "👍 👩‍👩‍👧 𝒜𝒷 𝟙𝟚", "a  b", "  leading spaces", "trailing spaces  ", "\n\n", "a\n\nb", "word \n newline-adjacent", "crlf\r\nline", "\t tab\t\ttab ", "a \u00a0\u3000b",
        "<imagine> is not <image>ry", "<|im_start|>User: hi<end_of_utterance>\nAssistant:", "<|im_end|><|im_end|>", "<|im_sta", "", " ", "ŁÓDŹ ß ǅ ʰ ª º", "Task: put the red cube on the blue area\nMemory:\n1 pick(at=(412, 377)) ok\nCall:",
        "pick(at=memory(12)) place(at=(5, 999))", "----====####", "\u0000\u0001\u007f", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "at at at atatat", "的 the的the",
    ];

    public static TheoryData<string> Tokenizers { get; } = new("as made", "merges as text", "digits together");

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void TokenizersAgree(string variant)
    {
        var folder = variant switch
        {
            "merges as text" => Packages.Copy(("tokenizer.json", t =>
                t["model"]!["merges"] = new JsonArray([.. t["model"]!["merges"]!.AsArray().Select(m => JsonValue.Create($"{m![0]} {m[1]}"))]))),
            "digits together" => Packages.Copy(("tokenizer.json", t => t["pre_tokenizer"] = t["pre_tokenizer"]!["pretokenizers"]![1]!.DeepClone())),
            _ => Packages.Original,
        };
        var random = new Random(3);
        string[] texts = [.. Tricky, .. Enumerable.Range(0, 200).Select(_ => RandomText(random))];
        var answer = TransformersJs.Run(new JsonObject { ["package"] = folder, ["texts"] = new JsonArray([.. texts.Select(t => JsonValue.Create(t))]) });
        var tokenizer = Tokenizer.Load(Path.Combine(folder, "tokenizer.json"));
        for (var i = 0; i < texts.Length; i++)
        {
            var ids = new List<int>();
            tokenizer.Encode(texts[i], ids);
            Assert.True(TransformersJs.Ids(answer["encoded"]![i]).SequenceEqual(ids), $"\"{texts[i]}\": [{string.Join(", ", ids)}], peer {answer["encoded"]![i]!.ToJsonString()}");
            Assert.Equal((string?)answer["decoded"]![i], tokenizer.Decode(ids));
            Assert.Equal(texts[i], tokenizer.Decode(ids, skipSpecial: false));
        }
    }

    [Theory]
    [InlineData("fp32")]
    [InlineData("q8")]
    public void GreedyAnswersAgree(string dtype)
    {
        var random = new Random(5);
        var cases = new List<(string Text, CameraFrame[] Pictures)>();
        foreach (var text in (ReadOnlySpan<string>)["Task: put the red cube on the blue area\nMemory: empty\nCall:", "x", "swap 12 and 345\n\n\nMemory:\n1 pick(at=(412, 377)) ok\nCall:", "日本 👍 it's"])
        {
            for (var k = 0; k < 3; k++)
            {
                CameraFrame[] pictures = [.. Enumerable.Range(0, 1 + (k % 2)).Select(_ => new CameraFrame(SizePx, SizePx))];
                foreach (var picture in pictures)
                    random.NextBytes(picture.Bgr);
                cases.Add((text, pictures));
            }
        }

        var decoders = new JsonObject { ["vision_encoder"] = "fp32", ["embed_tokens"] = dtype, ["decoder_model_merged"] = dtype };
        var folder = Packages.Copy(("manifest.json", m => m["planner"]!["dtype"] = decoders.DeepClone()));
        Packages.RewriteGolden(folder);
        var answer = TransformersJs.Run(new JsonObject
        {
            ["package"] = folder,
            ["dtype"] = decoders,
            ["cases"] = new JsonArray([.. cases.Select(c => (JsonNode)new JsonObject
            {
                ["text"] = c.Text, ["pictures"] = new JsonArray([.. c.Pictures.Select(p => JsonValue.Create(Convert.ToBase64String(Rgb(p))))]), ["width"] = SizePx, ["height"] = SizePx, ["tokens"] = Tokens,
            })]),
        });

        using var planner = VlmPlanner.Load(folder);
        var tokenizer = Tokenizer.Load(Path.Combine(folder, "tokenizer.json"));
        var template = new ChatTemplate(tokenizer, 4);
        var preprocessor = ImagePreprocessor.Load(Path.Combine(folder, "preprocessor_config.json"));
        var pixels = new float[3 * SizePx * SizePx];
        var distinct = new HashSet<string>();
        for (var i = 0; i < cases.Count; i++)
        {
            var peer = answer["cases"]![i]!;
            var prompt = new List<int>();
            template.Render(cases[i].Pictures.Length, cases[i].Text, prompt);
            Assert.Equal(TransformersJs.Ids(peer["prompt"]), prompt);
            var expected = peer["pixels"]!.AsArray().Select(p => (float)p!).Chunk(pixels.Length);
            foreach (var (picture, seen) in cases[i].Pictures.Zip(expected))
            {
                preprocessor.Write(picture, pixels);
                Assert.Equal(seen, pixels);
            }

            var ids = planner.WriteFreely(cases[i].Text, cases[i].Pictures[0], Tokens, cases[i].Pictures.ElementAtOrDefault(1));
            Assert.Equal(TransformersJs.Ids(peer["ids"]), ids);
            distinct.Add(string.Join(' ', ids));
        }

        // The fixture proves something only where text and picture both change the answer.
        Assert.Equal(cases.Count, distinct.Count);
    }

    private static byte[] Rgb(CameraFrame frame)
    {
        var rgb = (byte[])frame.Bgr.Clone();
        for (var i = 0; i < rgb.Length; i += 3)
            (rgb[i], rgb[i + 2]) = (rgb[i + 2], rgb[i]);
        return rgb;
    }

    private static string RandomText(Random random)
    {
        string[] parts = [" ", "  ", "\n", "\t", "a", "at", "the", "T", "'s", "'", "7", "42", "²", "é", "日", "👍", "𝒜", "(", ")", ", ", "=", "-", "_", ":", "<image>", "<", "pick", "memory", "\u00a0", "\u0301"];
        return string.Concat(Enumerable.Range(0, random.Next(1, 20)).Select(_ => parts[random.Next(parts.Length)]));
    }
}
