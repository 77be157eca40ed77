"""Tests of the planner's training code: PYTHONPATH=models/training /usr/bin/python3 -m unittest discover -s tests/Training

Expected values come from the fact sheet (byte table, pieces) or from a second way to compute the same (padded against packed attention,
dequantised against original weights), never from the code under test.
"""

import json
import os
import tempfile
import types
import unittest

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from planner.camera import Camera
from planner.data import Batcher, as_marked, dense_targets, drop_word, looks, pack, prefix_ids, question_ids, Sample, Thing
from planner.graphs import graphs
from planner.grow import carry_over
from planner.model import READ_FIRST, GRID, Config, Planner, digits
from planner.quantise import matmul_n_bits, per_row, quantise
from planner.restore import restore
from planner.tokenizer import BYTE_CHARACTERS, END, IMAGE, Tokenizer, pieces

TEXTS = ["Task: put the red cube on the blue area\nMemory: empty\nCall:", "pick(at=(412, 377))", "place(at=memory(1))", "done()"] * 3


def small_planner():
    torch.manual_seed(3)
    tokenizer = Tokenizer.learn(TEXTS, 400)
    model = Planner(Config(colours=["blue", "red"], shapes=["area", "cube"], vocabulary=tokenizer.size, hidden=24, heads=2, inner=32, layers=3)).eval()
    return model, tokenizer


class TokenizerTests(unittest.TestCase):
    def test_bytes_map_as_in_the_sheet(self):
        self.assertEqual(BYTE_CHARACTERS[32], "\u0120")
        self.assertEqual(BYTE_CHARACTERS[10], "\u010a")
        self.assertEqual(BYTE_CHARACTERS[65], "A")
        self.assertEqual(len(set(BYTE_CHARACTERS)), 256)

    def test_pieces_as_in_the_sheet(self):
        space, newline = BYTE_CHARACTERS[32], BYTE_CHARACTERS[10]
        self.assertEqual(list(pieces(" 42")), [space, "4", "2"])
        self.assertEqual(list(pieces("a  b")), ["a", space, space + "b"])
        self.assertEqual(list(pieces("\n\n")), [newline + newline])
        self.assertEqual(list(pieces("a\n\nb")), ["a", newline, newline, "b"])
        self.assertEqual(list(pieces("it's")), ["it", "'s"])
        self.assertEqual(list(pieces("x\u00b2+")), ["x", "".join(BYTE_CHARACTERS[b] for b in "\u00b2".encode()), "+"])

    def test_digits_stand_alone_and_all_bytes_return(self):
        _, tokenizer = small_planner()
        ids = tokenizer.encode("(412, 377)")
        self.assertEqual([tokenizer.decode([i]) for i in ids], ["(", "4", "1", "2", ",", " ", "3", "7", "7", ")"])
        for text in ("na\u00efve \u65e5\u672c \U0001f44d", "\x00\x01 tab\t", " two  spaces "):
            self.assertEqual(tokenizer.decode(tokenizer.encode(text)), text)

    def test_file_reads_back_the_same(self):
        _, tokenizer = small_planner()
        again = Tokenizer.from_json(tokenizer.to_json())
        for text in TEXTS:
            self.assertEqual(again.encode(text), tokenizer.encode(text))
        file = json.loads(tokenizer.to_json())
        self.assertIsNone(file["normalizer"])
        self.assertIsNone(file["post_processor"])
        self.assertEqual(len(set(file["model"]["vocab"].values())), len(file["model"]["vocab"]))

    def test_added_tokens_are_recognised(self):
        _, tokenizer = small_planner()
        self.assertEqual(tokenizer.encode(f"a{IMAGE}{END}"), [tokenizer.vocabulary["a"], tokenizer.specials[IMAGE], tokenizer.specials[END]])


class DataTests(unittest.TestCase):
    def test_dropping_words_spares_names_and_memory(self):
        random = np.random.default_rng(1)
        prompt = "Task: put the red cube on the blue area\nMemory:\n1 pick(at=(1, 2)) ok\nCall:"
        for _ in range(50):
            changed = drop_word(prompt, random)
            self.assertTrue(changed.endswith("\nMemory:\n1 pick(at=(1, 2)) ok\nCall:"))
            for word in ("put", "red cube", "blue area"):
                self.assertIn(word, changed)

    def test_targets_hold_the_point(self):
        thing = Thing("red", "cube", 412, 377, 40, 60)
        heat, cells, offset, size, colour, shape = dense_targets([[thing]], {"red": 1}, {"area": 0, "cube": 1}, 1)
        self.assertEqual(int((heat == 1).sum()), 1)
        for cell, (dx, dy) in zip(cells.tolist(), offset.tolist()):
            row, column = divmod(cell, GRID)
            self.assertAlmostEqual((column + 0.5 + dx) * 1000 / GRID, 412, places=2)
            self.assertAlmostEqual((row + 0.5 + dy) * 1000 / GRID, 377, places=2)
        np.testing.assert_allclose(size, np.tile([0.8, 1.2], (len(cells), 1)), rtol=1e-6)
        self.assertEqual(set(colour.tolist()) | set(shape.tolist()), {1})

    def looks_of(self, prompt, answer, picture_tokens=0):
        """(looks, text of a token of the question, text of one of the answer)."""
        _, tokenizer = small_planner()
        question, ids = question_ids(tokenizer, prompt, picture_tokens), tokenizer.encode(answer) + [2]
        things = [Thing("red", "cube", 412, 37), Thing("blue", "area", 410, 40), Thing("red", "area", 700, 500)]
        return (looks(tokenizer, Sample("call", prompt, answer, ""), prompt, question, ids, things),
                lambda at: tokenizer.decode([question[at]]), lambda at: tokenizer.decode([ids[at]]))

    def test_looks_are_the_digits(self):
        told, _, written = self.looks_of("Task: lift it\nMemory: empty\nCall:", "pick(at=(412, 37))")
        self.assertEqual("".join(written(at) for at, *_ in told.points), "41237")
        self.assertEqual([place for _, place, _, _ in told.points], [0, 1, 2, 4, 5])
        self.assertEqual([], told.names)

    def test_looks_find_the_name_of_what_is_written_about(self):
        for picture_tokens in (0, 7):
            told, read, _ = self.looks_of("Task: put the red cube on the red area\nMemory: empty\nCall:", "place(at=(701, 499))", picture_tokens)
            self.assertEqual(6, len(told.names))
            self.assertEqual(told.names[0][1], told.names[-1][1])
            self.assertEqual(" r", read(told.names[0][1])[:2])
            self.assertLess(told.names[0][1] - self.looks_of("Task: put the red cube on the red area\n", "pick(at=(412, 37))", picture_tokens)[0].names[0][1], 20)

    def test_looks_find_what_a_question_names(self):
        for picture_tokens in (0, 7):
            prompt = "Task: put the red cube and the green prism on the blue area\nMemory:\n1 pick(\"red area\", at=(3, 4)) ok\nCall:"
            told, *_ = self.looks_of(prompt, "done()", picture_tokens)
            _, tokenizer = small_planner()
            ids = question_ids(tokenizer, prompt, picture_tokens)
            texts = [tokenizer.decode([i for i in ids[:token + 1] if i >= 0]) for token, *_ in told.things]
            self.assertEqual([("red cube", 412, 37), ("blue area", 410, 40), ("red area", 700, 500)], [(text[-9:].strip(' "'), x, y) for text, (_, x, y) in zip(texts, told.things)])

    def test_what_is_beside_a_thing_is_read_where_it_is(self):
        _, tokenizer = small_planner()
        prompt, ids = "Question: what is north of the red cube?\nAnswer:", tokenizer.encode("blue cube") + [2]
        things = [Thing("red", "cube", 412, 37), Thing("blue", "cube", 300, 40)]
        told = looks(tokenizer, Sample("beside", prompt, "blue cube", ""), prompt, question_ids(tokenizer, prompt), ids, things)
        self.assertEqual({(0, 300, 40)}, {tuple(where) for _, *where in told.points})
        self.assertEqual(list(range(len(ids) - 1)), [at for at, *_ in told.points])
        self.assertEqual([(412, 37)], [(x, y) for _, x, y in told.things])

    def test_looks_find_the_digits_of_an_angle(self):
        told, read, written = self.looks_of("Task: turn the red cube by 120 degrees\nMemory:\n1 pick(at=(3, 4)) failed\nCall:", "rotate(at=memory(1), by=-120)")
        self.assertEqual([], told.points)
        (_, line), *angle = told.numbers
        self.assertTrue("failed".endswith(read(line)[1:]))
        self.assertEqual("120", "".join(written(at) for at, _ in angle))
        self.assertEqual("120", "".join(read(token) for _, token in angle))
        self.assertEqual([], self.looks_of("Task: turn the red cube by 150 degrees\n", "rotate(at=memory(1), by=90)")[0].numbers)

    def test_looks_find_what_a_slot_is_about_and_what_is_held(self):
        prompt = 'Task: restore\nMemory:\n1 pick("red cube", at=(3, 4)) ok\n2 place(at=(8, 9)) ok\n3 pick("blue area", at=(8, 9)) ok\nCall:'
        for picture_tokens in (0, 7):
            told, read, written = self.looks_of(prompt, "place(at=memory(1))", picture_tokens)
            (at, line), = told.numbers
            self.assertEqual("1", written(at))
            _, tokenizer = small_planner()
            before = question_ids(tokenizer, prompt, picture_tokens)[:line + 1]
            self.assertTrue(tokenizer.decode([i for i in before if i >= 0]).endswith('1 pick("red cube'))
            (_, held), = told.names
            before = question_ids(tokenizer, prompt, picture_tokens)[:held + 1]
            self.assertTrue(tokenizer.decode([i for i in before if i >= 0]).endswith('3 pick("blue area'))
        self.assertEqual([], self.looks_of(prompt.replace(") ok\nCall:", ") failed\nCall:"), "pick(at=memory(2))")[0].names)

    def test_looks_find_what_a_call_points_at(self):
        told, read, written = self.looks_of("Task: lift the red cube\nMemory: empty\nCall:", 'pick("red cube", at=(412, 37))')
        name = [at for at, _ in told.names if written(at) not in "0123456789"]
        self.assertEqual("red cube", "".join(written(at) for at in name))
        self.assertTrue(all((412, 37) == (x, y) for at, _, x, y in told.points))
        self.assertEqual(name, [at for at, *_ in told.points][-len(name):])
        self.assertEqual(" r", read(told.names[0][1])[:2])

    def test_looks_find_a_name_that_only_the_memory_has(self):
        prompt = 'Task: restore\nMemory:\n1 pick("red cube", at=(3, 4)) ok\n2 place(at=(412, 37)) ok\n3 pick("red cube", at=(8, 9)) failed\nCall:'
        told, _, written = self.looks_of(prompt, 'pick("red cube", at=(412, 37))')
        _, tokenizer = small_planner()
        for _, line in told.names:
            self.assertTrue(tokenizer.decode(question_ids(tokenizer, prompt)[:line + 1]).endswith('1 pick("red cube'))
        self.assertEqual("red cube41237", "".join(sorted((written(at) for at, _ in told.names), key=str.isdigit)))

    def test_points_are_written_as_the_eye_marked_them(self):
        _, tokenizer = small_planner()
        digits = torch.tensor([tokenizer.vocabulary[d] for d in "0123456789"])
        prompt, answer = "Task: lift it\nMemory: empty\nCall:", 'pick("red cube", at=(412, 377))'
        question, ids = question_ids(tokenizer, prompt), tokenizer.encode(answer) + [2]
        pairs = [(0, -1, question, ids, looks(tokenizer, Sample("call", prompt, answer, ""), prompt, question, ids, [Thing("red", "cube", 412, 377)]))]
        for mark, written in (((408, 381), 'pick("red cube", at=(408, 381))'), ((430, 377), answer), ((600, 100), answer)):
            marks = torch.zeros(1, 2, 7)
            marks[0, 1, :2] = torch.tensor(mark)
            told = as_marked(pack(pairs), marks, digits)
            self.assertEqual(written, tokenizer.decode(told.target[:-1].tolist()))
            self.assertEqual(written, tokenizer.decode(told.ids[len(question):].tolist()))


class LearnedTests(unittest.TestCase):
    """Fewer pictures of a task that is known well."""

    def setUp(self):
        _, self.tokenizer = small_planner()
        things = [Thing("red", "cube", 412, 377)]
        samples = [[Sample("call", TEXTS[0], 'pick("red cube", at=(412, 377))', task, own=True)] for task in ("pick", "swap") * 20]
        shard = types.SimpleNamespace(images=np.zeros((40, 160, 160, 3), np.uint8), samples=samples, things=[things] * 40)
        library = types.SimpleNamespace(training=[(shard, i) for i in range(40)])
        self.batcher = Batcher(library, self.tokenizer, Config(colours=["red"], shapes=["cube"]), 1, 1)

    def answer(self, wrong):
        """One batch, written rightly but for tokens at which `wrong`(task, text of the token, is it a point's last digits) says otherwise."""
        _, packed = self.batcher.to_write(8)
        logits = torch.nn.functional.one_hot(packed.target, 500).float()
        fine = set(packed.fine.tolist())
        for task, pair in self.batcher._own:
            for row in range(len(packed.target))[packed.answers[pair]]:
                if wrong(task, self.tokenizer.decode([int(packed.target[row])]), row in fine):
                    logits[row] = logits[row].roll(1)
        self.batcher.learned(packed, logits)

    def test_a_task_that_is_written_rightly_is_drawn_less(self):
        for _ in range(200):
            self.answer(lambda task, text, fine: task == "swap" and text == "pick")
        self.assertLess(self.batcher.wrong["pick"], 0.05)
        self.assertGreater(self.batcher.wrong["swap"], 0.95)
        drawn = [self.batcher._draw_to_learn() for _ in range(400)]
        picks = sum(shard.samples[i][0].task == "pick" for shard, i in drawn)
        self.assertTrue(0.1 * len(drawn) < picks < 0.3 * len(drawn), picks)

    def test_a_point_is_right_when_it_is_about_there(self):
        for _ in range(200):
            self.answer(lambda task, text, fine: fine)
        self.assertLess(max(self.batcher.wrong.values()), 0.05)
        for _ in range(200):
            self.answer(lambda task, text, fine: text in "43" and not fine)
        self.assertGreater(min(self.batcher.wrong.values()), 0.95)


class RestoreTests(unittest.TestCase):
    def test_the_shipped_package_goes_on(self):
        """Its weights, restored and exported again, are those of the package, to a step of the quantisation."""
        package = os.path.join(os.path.dirname(__file__), "../../models/planner")
        before = restore(package)
        model = Planner(Config(**before["config"]))
        model.load_state_dict(before["model"])
        compared = 0
        with tempfile.TemporaryDirectory() as folder:
            for stem, path in graphs(model, folder).items():
                again = {t.name: numpy_helper.to_array(t) for t in quantise(onnx.load(path)).graph.initializer}
                for tensor in onnx.load(os.path.join(package, "onnx", f"{stem}_quantized.onnx")).graph.initializer:
                    shipped = numpy_helper.to_array(tensor)
                    if shipped.size > 1:
                        np.testing.assert_allclose(again[tensor.name].astype(np.float64), shipped.astype(np.float64), atol=1 if tensor.name.endswith("_q8") else 1e-5, rtol=1e-4)
                        compared += shipped.size
        self.assertGreater(compared, 1_000_000)


class ModelTests(unittest.TestCase):
    def test_digits(self):
        for value in (0, 7, 99, 100, 399, 400, 999):
            rows = digits(torch.tensor([float(value)])).view(3, 10)
            self.assertEqual("".join(str(int(r.argmax())) for r in rows), f"{value:03}")
            self.assertEqual(float(rows.sum()), 3)

    def test_packed_pairs_equal_lone_sequences(self):
        """The packed form of training and the plain causal form that is exported give the same logits, with and without a picture that goes with the sentence."""
        model, tokenizer = small_planner()
        pixels = torch.rand(4, 3, 160, 160) * 2 - 1
        prefix = prefix_ids(tokenizer, model.config.image_tokens)
        pairs = [(picture, told, question_ids(tokenizer, TEXTS[0], model.config.image_tokens if told >= 0 else 0), tokenizer.encode(a) + [2], None)
                 for picture, told, a in ((0, -1, "done()"), (1, 3, "pick(at=(412, 377))"), (1, -1, "place(at=memory(1))"), (0, 2, "x"), (1, 3, "done()"), (0, -1, "(1, 2)"))]
        with torch.no_grad():
            logits = model.write(model.eye(pixels)[0], prefix, pack(pairs), 2)[0]
            tokens = model.eye(pixels)[0]
            rows = model.prefix(prefix, tokens)
            start = 0
            for picture, told, question, answer, _ in pairs:
                ids = torch.tensor(question + answer[:-1])
                embedded = model.embed(ids.clamp(min=0))
                if told >= 0:
                    embedded[ids < 0] = tokens[told]
                sequence = torch.cat([rows[picture:picture + 1], embedded[None]], 1)
                length = sequence.shape[1]
                empty = [torch.zeros(1, 2, 0, 12)] * 6
                alone = model.decoder(sequence, torch.ones(1, length, dtype=torch.long), torch.arange(length)[None], *empty)[0][0, -len(answer):]
                torch.testing.assert_close(logits[start:start + len(answer)], alone, rtol=1e-4, atol=1e-4)
                start += len(answer)

    def test_a_frozen_eye_keeps_its_marks(self):
        model, _ = small_planner()
        model.eye.frozen = True
        model.train()
        tokens, readings, *_ = model.eye(torch.rand(1, 3, 160, 160))
        self.assertFalse(readings.requires_grad)
        self.assertTrue(tokens.requires_grad)
        self.assertFalse(any(m.training for m in model.eye.modules()))

    def test_weights_carry_over_to_other_names(self):
        before, tokenizer = small_planner()
        grown = Planner(Config(**{**before.config.to_dict(), "colours": ["amber", *before.config.colours], "shapes": [*before.config.shapes, "gripper"]}))
        carry_over(before.state_dict(), before.config.to_dict(), tokenizer, grown, tokenizer)
        with torch.no_grad():
            pixels = torch.rand(1, 3, 160, 160) * 2 - 1
            old, new = before.eval().eye(pixels)[1], grown.eval().eye(pixels)[1]
        colours = len(before.config.colours)
        torch.testing.assert_close(new[..., :READ_FIRST], old[..., :READ_FIRST])
        torch.testing.assert_close(new[..., READ_FIRST + 1:READ_FIRST + 1 + colours], old[..., READ_FIRST:READ_FIRST + colours])
        torch.testing.assert_close(new[..., READ_FIRST + 1 + colours:-1], old[..., READ_FIRST + colours:])

    def test_weights_carry_over_to_other_tokens(self):
        before, old = small_planner()
        new = Tokenizer.learn([*TEXTS, *['pick("red cube", at=(412, 377))'] * 9], 400)
        grown = Planner(Config(**{**before.config.to_dict(), "vocabulary": new.size}))
        carry_over(before.state_dict(), before.config.to_dict(), old, grown, new)
        for token, meant in ((new.vocabulary['("'], old.encode("(") + old.encode('"')), (new.vocabulary["7"], old.encode("7")), (new.specials[END], [old.specials[END]])):
            for name in ("embed.weight", "decoder.head.weight"):
                torch.testing.assert_close(grown.state_dict()[name][token], before.state_dict()[name][meant].mean(0))

    def test_a_deeper_and_wider_decoder_begins_as_what_it_was(self):
        before, tokenizer = small_planner()
        grown = Planner(Config(**{**before.config.to_dict(), "layers": 5, "inner": 48})).eval()
        carry_over(before.state_dict(), before.config.to_dict(), tokenizer, grown, tokenizer)
        x = torch.randn(1, 9, 24)
        with torch.no_grad():
            old, new = (m.decoder(x, torch.ones(1, 9, dtype=torch.long), torch.arange(9)[None], *[torch.zeros(1, 2, 0, 12)] * (2 * m.config.layers)) for m in (before, grown))
        torch.testing.assert_close(new[0], old[0])
        with self.assertRaisesRegex(ValueError, "layers: found 3, allowed at least the 5"):
            carry_over(grown.state_dict(), grown.config.to_dict(), tokenizer, before, tokenizer)

    def test_a_training_of_before_the_waves_carries_over(self):
        before, tokenizer = small_planner()
        with torch.no_grad():
            before.eye.position_waves.weight.zero_()
        grown = Planner(before.config).eval()
        carry_over({k: v for k, v in before.state_dict().items() if "waves" not in k}, before.config.to_dict(), tokenizer, grown, tokenizer)
        with torch.no_grad():
            pixels = torch.rand(1, 3, 160, 160) * 2 - 1
            torch.testing.assert_close(grown.eye(pixels)[0], before.eval().eye(pixels)[0])

    def test_cache_equals_recomputation(self):
        model, _ = small_planner()
        x = torch.randn(1, 9, 24)
        with torch.no_grad():
            empty = [torch.zeros(1, 2, 0, 12)] * 6
            whole = model.decoder(x, torch.ones(1, 9, dtype=torch.long), torch.arange(9)[None], *empty)
            first = model.decoder(x[:, :6], torch.ones(1, 6, dtype=torch.long), torch.arange(6)[None], *empty)
            rest = model.decoder(x[:, 6:], torch.ones(1, 9, dtype=torch.long), torch.arange(6, 9)[None], *first[1:])
        torch.testing.assert_close(rest[0], whole[0][:, 6:], rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(rest[1], whole[1], rtol=1e-4, atol=1e-4)


class QuantiseTests(unittest.TestCase):
    def test_weights_return_within_half_a_step(self):
        matrix = np.random.default_rng(1).standard_normal((70, 5)).astype(np.float32)
        data, scale = matmul_n_bits(matrix)
        back = ((data.astype(np.float32) - 128) * scale[..., None]).reshape(5, -1)[:, :70].T
        step = np.repeat(scale, 32, 1)[:, :70].T
        self.assertTrue(np.all(np.abs(back - matrix) <= 0.5001 * step))
        numbers, scale = per_row(matrix)
        self.assertTrue(np.all(np.abs(numbers * scale[:, None] - matrix) <= 0.5001 * scale[:, None]))


class CameraTests(unittest.TestCase):
    def test_the_middle_of_the_picture_is_on_the_line_of_sight(self):
        camera = Camera()
        point = camera.to_table(500, 500)
        t = camera.position[2] / -camera.forward[2]
        np.testing.assert_allclose(point, (camera.position + t * camera.forward)[:2], atol=1e-9)
        self.assertAlmostEqual(point[1], 0, places=9)
        # One per mille sideways at the middle of the table is 0.6 to 0.8 mm here (focal length 433 px, 0.95 m away).
        self.assertTrue(0.5 < camera.distance_mm((500, 500), (501, 500)) < 0.9)


if __name__ == "__main__":
    unittest.main()
