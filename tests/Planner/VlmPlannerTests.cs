using System.Text.Json.Nodes;
using Edge.Api;
using Edge.Cameras;
using Edge.Inference;
using Edge.Planner;
using Edge.Policy;
using Edge.Tests.Api;
using Edge.Tests.Inference;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Edge.Tests.Planner;

public class VlmPlannerTests
{
    private static readonly string TokenizerPath = Path.Combine(Packages.Original, "tokenizer.json");

    [Fact]
    public void EveryReplyIsAValidCall()
    {
        using var planner = VlmPlanner.Load(Packages.Original);
        var random = new System.Random(11);
        var texts = new HashSet<string>();
        var memory = new PlannerMemory(4);
        memory.Begin("t");
        for (var i = 0; i < 60; i++)
        {
            var reply = planner.Next(new PlannerRequest($"put thing {i} away <image>", RandomFrame(random), memory.Current));
            Assert.True(CallParser.TryParse(reply.Text, SlotsOf(memory.Current), out var call, out var error), error);
            Assert.Equal(reply.Invocation.Function, call.Function);
            Assert.Equal(reply.Invocation.Arguments, call.Arguments);
            Assert.InRange(reply.Tokens, 1, reply.Text.Length);
            texts.Add(reply.Text);
            memory.Append(i, reply.Text, default, SubtaskOutcome.Succeeded);
        }

        Assert.True(texts.Count > 1, $"Random weights and pictures give different calls: {string.Join(" ", texts)}");
    }

    [Fact]
    public void TheSameRequestGivesTheSameReply()
    {
        using var planner = VlmPlanner.Load(Packages.Original);
        var random = new System.Random(12);
        PlannerRequest[] requests = [.. Enumerable.Range(0, 5).Select(i => new PlannerRequest($"task {new string('x', i)}", RandomFrame(random), []))];
        var first = requests.Select(r => planner.Next(r).Text).ToArray();
        Assert.Equal(first.Reverse(), requests.Reverse().Select(r => planner.Next(r).Text));
    }

    [Fact]
    public void WhatFailedTwiceIsTriedAnotherWay()
    {
        using var planner = VlmPlanner.Load(Path.Combine(Fixture.Root, "models", "planner"));
        var random = new System.Random(14);
        var insisted = 0;
        for (var i = 0; i < 20; i++)
        {
            var frame = RandomFrame(random);
            var wanted = Ask(frame, "done()");
            // Some pictures make the model write the same call whatever has failed: those are the ones that matter.
            if (wanted == "done()" || Ask(frame, wanted) != wanted)
                continue;
            insisted++;
            var other = Ask(frame, wanted, wanted);
            Assert.NotEqual(wanted, other);
            Assert.Equal(other, Ask(frame, wanted, wanted));
        }

        Assert.True(insisted > 0);

        string Ask(CameraFrame frame, params ReadOnlySpan<string> failed)
        {
            var memory = new PlannerMemory(4);
            memory.Begin("t");
            foreach (var call in failed)
                memory.Append(0, call, default, SubtaskOutcome.Failed);
            return planner.Next(new PlannerRequest("pick up the red cube", frame, memory.Current)).Text;
        }
    }

    /// <summary>The cache is exact: a text read at once and the same text read in pieces lead to the same logits.</summary>
    [Theory]
    [InlineData("fp32")]
    [InlineData("mixed")]
    public void PiecesOfATextGiveTheSameLogitsAsTheWhole(string dtype)
    {
        var folder = Packages.Copy(("manifest.json", m => m["planner"]!["dtype"] = dtype == "fp32" ? "fp32" : new JsonObject { ["embed_tokens"] = "q8" }));
        var package = ModelPackage.Open(folder, "planner");
        var config = VlmConfig.Load(package);
        using var decoder = new VlmDecoder(package, config, VlmFiles.FromManifest(package.Details), 32, 64, ModelRuntime.Default);
        var random = new System.Random(13);
        var pixels = new float[3 * 32 * 32];
        int[] tokens = [1, .. Enumerable.Repeat(config.ImageToken, config.ImageTokens), .. Enumerable.Range(0, 20).Select(_ => random.Next(3, 300))];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = random.NextSingle() - 0.5f;
        decoder.Look(pixels);
        var whole = decoder.Read(tokens).ToArray();
        for (var round = 0; round < 20; round++)
        {
            decoder.Look(pixels);
            var read = 0;
            var logits = Array.Empty<float>();
            while (read < tokens.Length)
            {
                var count = Math.Min(tokens.Length - read, read == 0 ? random.Next(1 + config.ImageTokens, 12) : random.Next(1, 6));
                logits = decoder.Read(tokens.AsSpan(read, count)).ToArray();
                read += count;
            }

            for (var i = 0; i < whole.Length; i++)
                Assert.InRange(logits[i] - whole[i], -1e-3, 1e-3);
        }

        Assert.Throws<ArgumentException>(() => decoder.Read(tokens).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => decoder.Read(Enumerable.Repeat(3, 65).ToArray()).Length);
    }

    [Fact]
    public void ASecondPictureIsReadBehindTheFirst()
    {
        var package = ModelPackage.Open(Packages.Original, "planner");
        var config = VlmConfig.Load(package);
        using var decoder = new VlmDecoder(package, config, VlmFiles.FromManifest(package.Details), 32, 64, ModelRuntime.Default);
        var random = new System.Random(17);
        float[] Pixels() => [.. Enumerable.Range(0, 3 * 32 * 32).Select(_ => random.NextSingle() - 0.5f)];
        float[] first = Pixels(), second = Pixels();
        int[] image = [.. Enumerable.Repeat(config.ImageToken, config.ImageTokens)], one = [1, .. image, 40, 41], two = [1, .. image, .. image, 40, 41];
        float[] Of(float[] pixels, float[] told, int[] tokens)
        {
            decoder.Look(pixels, told);
            return decoder.Read(tokens).ToArray();
        }

        var both = Of(first, second, two);
        Assert.NotEqual(Of(second, first, two), both);
        Assert.NotEqual(Of(first, first, two), both);
        Assert.Equal(Of(first, second, two), both);
        decoder.Restart();
        Assert.Equal(both, decoder.Read(two).ToArray());
        Assert.Throws<ArgumentException>(() => Of(first, second, one));
        Assert.Throws<ArgumentException>(() => Of(first, [], two));
    }

    [Fact]
    public void AWarmDecoderAllocatesNothing()
    {
        var package = ModelPackage.Open(Packages.Original, "planner");
        var config = VlmConfig.Load(package);
        using var decoder = new VlmDecoder(package, config, VlmFiles.FromManifest(package.Details), 32, 64, ModelRuntime.Default);
        var pixels = new float[3 * 32 * 32];
        int[] prompt = [1, .. Enumerable.Repeat(config.ImageToken, config.ImageTokens), 40, 41];
        int[] next = [50];
        Assert.Equal(0, Allocations.Of(() =>
        {
            decoder.Look(pixels);
            decoder.Read(prompt);
            for (var i = 0; i < 10; i++)
                decoder.Read(next);
        }));
    }

    [Fact]
    public void LongMemoriesAndInstructionsAreCutToFit()
    {
        using var planner = VlmPlanner.Load(Packages.Copy(("manifest.json", m => m["planner"]!["maxTokens"] = 160)));
        var memory = Enumerable.Range(1, 16).Select(i => new MemoryEntry(i, "t", 0, "place(at=(111, 222))", default, SubtaskOutcome.Succeeded)).ToArray();
        var frame = new CameraFrame(32, 32);
        foreach (var instruction in (ReadOnlySpan<string>)["", "put it there", new string('q', 300), new string('\u65e5', 100_000)])
        {
            var reply = planner.Next(new PlannerRequest(instruction, frame, memory));
            Assert.InRange(reply.PromptTokens, 1, 160);
        }
    }

    [Fact]
    public void AnswersMayBeginWithAPrefix()
    {
        using var planner = VlmPlanner.Load(Packages.Copy(("manifest.json", m => m["planner"]!["answerPrefix"] = " ")));
        var reply = planner.Next(new PlannerRequest("x", new CameraFrame(32, 32), []));
        Assert.True(CallParser.TryParse(reply.Text, MemorySlots.None, out _, out var error), error);
    }

    /// <summary>Whatever the logits are, not-a-number and infinities included, a valid call comes out, and a fresh model is asked only where there is a choice.</summary>
    [Fact]
    public void RandomLogitsGiveValidCalls()
    {
        var tokenizer = Tokenizer.Load(TokenizerPath);
        var writer = new CallWriter(tokenizer);
        var masks = new Dictionary<MemorySlots, TokenMasks>();
        Prop.ForAll(Arb.From(from slots in Calls.Slots from seed in Gen.Choose(0, int.MaxValue) select (slots, seed)), c =>
        {
            if (!masks.TryGetValue(c.slots, out var mask))
                masks[c.slots] = mask = new TokenMasks(CallGrammar.For(c.slots), tokenizer, [310]);
            var random = new System.Random(c.seed);
            var logits = new float[random.Next(4) == 0 ? 100 : tokenizer.Count]; // a model of a smaller vocabulary is no trouble either
            var read = 0;
            var text = writer.Write([1, 2, 3], mask, tokens =>
            {
                read += tokens.Length;
                for (var i = 0; i < logits.Length; i++)
                    logits[i] = random.Next(20) switch { 0 => float.NaN, 1 => float.PositiveInfinity, 2 => float.NegativeInfinity, _ => random.NextSingle() };
                return logits;
            });
            return CallParser.TryParse(text, c.slots, out _, out _) && read <= 3 + writer.Tokens;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void EveryCallCanBeWritten()
    {
        // A model that wants one call gets exactly that call written.
        var tokenizer = Tokenizer.Load(TokenizerPath);
        var writer = new CallWriter(tokenizer);
        foreach (var wanted in (ReadOnlySpan<string>)["pick(at=(0, 999))", "place(at=memory(2))", "touch(at=(412, 37))", "done()"])
        {
            var ids = new List<int>();
            tokenizer.Encode(wanted, ids, findAdded: false);
            var written = 0;
            var text = writer.Write([7], new TokenMasks(CallGrammar.For(new(1, 2)), tokenizer, [310]), tokens =>
            {
                written += tokens.Length;
                var logits = new float[tokenizer.Count];
                logits[written - 1 < ids.Count ? ids[written - 1] : 310] = 1;
                return logits;
            });
            Assert.Equal(wanted, text);
        }
    }

    [Theory]
    [InlineData("config.json", "image_token_id", "5", "config.json: image_token_id: found 5, allowed 309 as in tokenizer.json")]
    [InlineData("config.json", "model_type", "\"qwen2_vl\"", "config.json: model_type: found \"qwen2_vl\", allowed one of smolvlm, idefics3")]
    [InlineData("preprocessor_config.json", "do_image_splitting", "true", "do_image_splitting: found true or nothing, allowed false")]
    [InlineData("preprocessor_config.json", "image_std", "[0, 1, 1]", "image_std[0]: found 0, allowed a number 1E-06 to 1000000")]
    [InlineData("processor_config.json", "image_seq_len", "5", "image_features")]
    [InlineData("generation_config.json", "eos_token_id", "\"end\"", "generation_config.json: eos_token_id: found \"end\", allowed a whole number")]
    [InlineData("tokenizer.json", "normalizer", "{\"type\": \"NFC\"}", "tokenizer.json: normalizer: found an object, allowed null")]
    [InlineData("tokenizer.json", "added_tokens", "[]", "<|im_start|> is missing")]
    [InlineData("manifest.json", "planner", "{\"dtype\": \"q3\"}", "planner.dtype: found \"q3\", allowed one of fp32")]
    [InlineData("manifest.json", "planner", "{\"dtype\": \"q4\"}", "onnx/vision_encoder_q4.onnx is needed and not listed")]
    [InlineData("manifest.json", "planner", "{\"dtype\": \"fp32\", \"maxTokens\": 125}", "")]
    [InlineData("manifest.json", "planner", "{\"dtype\": \"fp32\", \"maxTokens\": 50}", "planner.maxTokens: found 50, allowed at least")]
    public void BrokenPackagesNameTheField(string file, string field, string value, string message)
    {
        var folder = Packages.Copy((file, json => json[field] = JsonNode.Parse(value)));
        var error = "";
        try
        {
            VlmPlanner.Load(folder).Dispose();
        }
        catch (ModelException e)
        {
            error = e.Message;
        }

        Assert.True(message.Length == 0 ? error.Length == 0 : error.Contains(message, StringComparison.Ordinal), error);
    }

    [Theory]
    [InlineData(0, "found a picture of 33")]
    [InlineData(1, "bytes, allowed")]
    [InlineData(2, "0 x 311 logits")]
    [InlineData(3, "x 312 logits")]
    [InlineData(4, "found token -7")]
    [InlineData(-1, "logits after token 58: found outputs of cosine")]
    [InlineData(-2, "bytes, allowed")]
    public void GoldenInputsAreChecked(int place, string message)
    {
        var folder = Packages.Copy();
        var path = Path.Combine(folder, VlmGolden.FileName);
        var bytes = File.ReadAllBytes(path);
        switch (place)
        {
            case -1: // another answer in the last row
                bytes.AsSpan(bytes.Length - (311 * 4)).Reverse();
                break;
            case -2:
                bytes = bytes[..^4];
                break;
            default:
                BitConverter.TryWriteBytes(bytes.AsSpan(place * 4), place switch { 2 => 0, 4 => -7, _ => BitConverter.ToInt32(bytes, place * 4) + 1 });
                break;
        }

        File.WriteAllBytes(path, bytes);
        Packages.Rehash(folder, VlmGolden.FileName);
        Assert.Contains(message, Assert.Throws<ModelException>(() => VlmPlanner.Load(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void APackageWithoutAGoldenInputNamesTheCommand()
    {
        var folder = Packages.Copy(("manifest.json", json => json["files"]!.AsObject().Remove(VlmGolden.FileName)));
        Assert.Contains($"'node models/training/planner/golden.mjs {folder}' writes it", Assert.Throws<ModelException>(() => VlmPlanner.Load(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ALoadedPlannerKnowsHowWellItAgreesAndHowFastItIs()
    {
        using var planner = VlmPlanner.Load(Packages.Original);
        Assert.InRange(planner.GoldenCosine, GoldenCheck.LeastCosine, 1 + 1e-9);
        Assert.InRange(planner.Time().Runs, 3, 50);
    }

    private static MemorySlots SlotsOf(IReadOnlyList<MemoryEntry> memory) => memory.Count == 0 ? MemorySlots.None : new(memory[0].Slot, memory[^1].Slot);

    private static CameraFrame RandomFrame(System.Random random)
    {
        var frame = new CameraFrame(40, 30);
        random.NextBytes(frame.Bgr);
        return frame;
    }
}
