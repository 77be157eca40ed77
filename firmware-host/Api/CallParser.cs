using System.Diagnostics.CodeAnalysis;

namespace Edge.Api;

/// <summary>Reads a call. Total: any text gives an invocation or an error. Accepts exactly what <see cref="CallGrammar"/> accepts.</summary>
public static class CallParser
{
    /// <summary>Longest text that is looked at.</summary>
    public const int MaxLength = 256;

    /// <summary>Reads one call; <paramref name="error"/> names the argument, what was found and what is allowed.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, MemorySlots slots, [NotNullWhen(true)] out ApiInvocation? invocation, out string error)
    {
        invocation = null;
        if (text.Length > MaxLength)
        {
            error = $"call: found {text.Length} characters, allowed at most {MaxLength}";
            return false;
        }

        var cursor = new TextCursor(text);
        var function = RobotApi.IndexOf(cursor.TakeName());
        if (function < 0)
        {
            error = $"call: found {cursor.Shown()}, allowed {string.Join(", ", RobotApi.Calls.Select(c => c.Name))}";
            return false;
        }

        var call = RobotApi.Calls[function];
        if (!cursor.TryTake("("))
        {
            error = $"{call.Name}: found {cursor.Shown()}, allowed (";
            return false;
        }

        var thing = "";
        if (call.Arguments.Count > 0 && cursor.TryTake(CallGrammar.BeforeThing))
        {
            thing = cursor.TakeWords(CallGrammar.MaxThingCharacters).ToString();
            if (thing.Length == 0 || !cursor.TryTake(CallGrammar.BehindThing))
            {
                error = $"{call.Name}: what it points at: found {cursor.Shown()}, allowed at most {CallGrammar.MaxThingCharacters} lower-case letters and blanks, then a quote, a comma and a space";
                return false;
            }
        }

        var arguments = new ArgumentValue[call.Arguments.Count];
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = call.Arguments[i];
            var name = $"{(i > 0 ? ", " : "")}{argument.Name}=";
            if (!cursor.TryTake(name))
            {
                error = $"{call.Name}: found {cursor.Shown()}, allowed \"{name}\"";
                return false;
            }

            if (!ArgumentSyntax.Of(argument.Kind).TryRead(ref cursor, slots, out arguments[i], out error))
            {
                error = $"{call.Name}: {argument.Name}: {error}";
                return false;
            }
        }

        if (!cursor.TryTake(")"))
        {
            error = $"{call.Name}: found {cursor.Shown()}, allowed )";
            return false;
        }

        if (!cursor.AtEnd)
        {
            cursor.TryTake("\0");
            error = $"{call.Name}: found {cursor.Shown()}, allowed nothing after the call";
            return false;
        }

        invocation = new ApiInvocation(function, arguments) { Thing = thing };
        error = "";
        return true;
    }
}
