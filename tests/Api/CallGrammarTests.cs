using System.Text;
using Edge.Api;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Edge.Tests.Api;

public class CallGrammarTests
{
    private static readonly Config Quick = Config.QuickThrowOnFailure.WithMaxTest(1000);

    [Theory]
    [InlineData("pick(at=(412, 377))", true)]
    [InlineData("place(at=(0, 999))", true)]
    [InlineData("touch(at=memory(2))", true)]
    [InlineData("done()", true)]
    [InlineData("pick(\"red cube\", at=(412, 377))", true)]
    [InlineData("place(\"red area\", at=(412, 377))", true)]
    [InlineData("push_towards(\"red cube\", at=(412, 377), towards=memory(3))", true)]
    [InlineData("rotate(\"abcdefghijklmnopqrstuvwx\", at=memory(1), by=30)", true)]
    [InlineData("rotate(\"abcdefghijklmnopqrstuvwxy\", at=memory(1), by=30)", false)]
    [InlineData("pick(\"\", at=(412, 377))", false)]
    [InlineData("pick(\"red cube, at=(412, 377))", false)]
    [InlineData("pick(\"Red cube\", at=(412, 377))", false)]
    [InlineData("pick(\" red cube\", at=(412, 377))", false)]
    [InlineData("pick(\"red cube\")", false)]
    [InlineData("pick(at=(412, 377), \"red cube\")", false)]
    [InlineData("done(\"red cube\")", false)]
    [InlineData("", false)]
    [InlineData("done", false)]
    [InlineData("done() ", false)]
    [InlineData(" done()", false)]
    [InlineData("pick(at=(412,377))", false)]
    [InlineData("pick(at=(1000, 377))", false)]
    [InlineData("pick(at=(012, 377))", false)]
    [InlineData("pick(at=(, 377))", false)]
    [InlineData("pick(at=memory(0))", false)]
    [InlineData("pick(at=memory(4))", false)]
    [InlineData("pick(at=memory(02))", false)]
    [InlineData("pick()", false)]
    [InlineData("done(at=(1, 2))", false)]
    public void AcceptsExactlyTheCalls(string text, bool valid)
    {
        var slots = new MemorySlots(1, 3);
        Assert.Equal(valid, CallGrammar.For(slots).Accepts(Encoding.UTF8.GetBytes(text)));
        Assert.Equal(valid, CallParser.TryParse(text, slots, out _, out var error));
        Assert.Equal(valid, error.Length == 0);
    }

    [Fact]
    public void WithoutMemoryThereIsNoMemoryForm()
    {
        var grammar = CallGrammar.For(MemorySlots.None);
        Assert.Equal(ByteAutomaton.Dead, grammar.Next(ByteAutomaton.Start, "pick(at=m"u8));
        Assert.NotEqual(ByteAutomaton.Dead, CallGrammar.For(new(1, 1)).Next(ByteAutomaton.Start, "pick(at=memory(1"u8));
        Assert.Equal(ByteAutomaton.Dead, CallGrammar.For(new(1, 1)).Next(ByteAutomaton.Start, "pick(at=memory(2"u8));
    }

    [Fact]
    public void NumbersAreZeroTo999WithoutLeadingZeros()
    {
        var grammar = CallGrammar.For(MemorySlots.None);
        for (var n = 0; n < 3000; n++)
        {
            Assert.Equal(n <= 999, grammar.Accepts(Encoding.UTF8.GetBytes($"pick(at=({n}, 0))")));
            Assert.Equal(n is <= 999 and > 99, grammar.Accepts(Encoding.UTF8.GetBytes($"pick(at=(0, {n:000}))")));
        }
    }

    [Fact]
    public void EveryStateCanStillEnd()
    {
        var grammar = CallGrammar.For(new(1, 30));
        var ends = Enumerable.Range(0, grammar.StateCount).Select(grammar.IsAccepting).ToArray();
        for (var pass = 0; pass < grammar.StateCount; pass++)
        {
            for (var state = 0; state < ends.Length; state++)
                ends[state] |= Enumerable.Range(0, 256).Any(b => grammar.Next(state, (byte)b) is >= 0 and var next && ends[next]);
        }

        Assert.DoesNotContain(false, ends);
    }

    [Fact]
    public void FormattedCallsAreAcceptedAndReadBack() => Prop.ForAll(Calls.Any, c =>
    {
        var text = CallFormatter.Format(c.Call);
        return CallGrammar.For(c.Slots).Accepts(Encoding.UTF8.GetBytes(text))
            && CallParser.TryParse(text, c.Slots, out var read, out _)
            && read.Function == c.Call.Function
            && read.Arguments.SequenceEqual(c.Call.Arguments)
            && read.Thing == c.Call.Thing;
    }).Check(Quick);

    [Fact]
    public void AcceptedTextsParseAndAreCanonical() => Prop.ForAll(Calls.Walked, c =>
        CallParser.TryParse(c.Text, c.Slots, out var call, out _) && CallFormatter.Format(call) == c.Text).Check(Quick);

    [Fact]
    public void GrammarAndParserAgreeOnDamagedCalls() => Prop.ForAll(Calls.Nearly, c =>
    {
        var parsed = CallParser.TryParse(c.Text, c.Slots, out var call, out var error);
        return parsed == CallGrammar.For(c.Slots).Accepts(Encoding.UTF8.GetBytes(c.Text)) && parsed == (error.Length == 0) && parsed == (call is not null);
    }).Check(Quick.WithMaxTest(5000));

    [Theory]
    [InlineData("grab(at=(1, 2))", "call: found \"grab(at=(1, 2))\", allowed pick, place, touch, done, push, topple, rotate, move, throw, push_towards")]
    [InlineData("pick at", "pick: found \" at\", allowed (")]
    [InlineData("pick(to=(1, 2))", "pick: found \"to=(1, 2))\", allowed \"at=\"")]
    [InlineData("pick(at=(1000, 2))", "pick: at: found x \"1000, 2))\", allowed 0 to 999")]
    [InlineData("pick(at=(1, x))", "pick: at: found y \"x))\", allowed 0 to 999")]
    [InlineData("pick(at=(1 2))", "pick: at: found \" 2))\", allowed a comma and a space after x")]
    [InlineData("pick(at=memory(4))", "pick: at: found slot \"4))\", allowed 2 to 3")]
    [InlineData("pick(at=red cube)", "pick: at: found \"red cube)\", allowed (x, y) or memory(n)")]
    [InlineData("pick(at=(1, 2)", "pick: found the end, allowed )")]
    [InlineData("push(at=(1, 2))", "push: found \")\", allowed \", to=\"")]
    [InlineData("rotate(at=(1, 2), by=45)", "rotate: by: found \"45)\", allowed multiples of 30 from -180 to 180, but not 0")]
    [InlineData("rotate(at=(1, 2), by=0)", "rotate: by: found \"0)\", allowed multiples of 30 from -180 to 180, but not 0")]
    [InlineData("pick(\"1\", at=(1, 2))", "pick: what it points at: found \"1\", at=(1, 2))\", allowed at most 24 lower-case letters and blanks, then a quote, a comma and a space")]
    [InlineData("pick(at=(1, 2)) # cube", "pick: found \" # cube\", allowed nothing after the call")]
    [InlineData("done()!", "done: found \"!\", allowed nothing after the call")]
    public void ErrorsNameWhatWasFoundAndWhatIsAllowed(string text, string message)
    {
        Assert.False(CallParser.TryParse(text, new MemorySlots(2, 3), out var call, out var error));
        Assert.Null(call);
        Assert.Equal(message, error);
    }

    [Fact]
    public void LongTextsAreRefused()
    {
        Assert.False(CallParser.TryParse(new string('a', 1 << 20), MemorySlots.None, out _, out var error));
        Assert.Equal("call: found 1048576 characters, allowed at most 256", error);
    }

    [Fact]
    public void DocumentationNamesEveryCallAndArgument()
    {
        foreach (var call in RobotApi.Calls)
        {
            Assert.Contains($"{call.Name}(", ApiText.Documentation, StringComparison.Ordinal);
            Assert.Contains(call.Documentation, ApiText.Documentation, StringComparison.Ordinal);
            Assert.All(call.Arguments, a => Assert.Contains($"{a.Name}=", ApiText.Documentation, StringComparison.Ordinal));
        }
    }
}
