// What the programs are asked: a line of the standard input is a question, its answer a line of the standard output, both
// words between tabs. The first line says that the program is ready; it ends with its input.
package shardline.bench;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

final class Questions {
  interface Answers {
    List<?> to(String[] question) throws Exception;
  }

  static void answer(Answers answers) throws Exception {
    var questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.out.println("ready");
    for (String question; (question = questions.readLine()) != null; ) {
      System.out.println(line(answers.to(question.split("\t", -1))));
    }
  }

  private static String line(List<?> fields) {
    return fields.stream().map(String::valueOf).collect(Collectors.joining("\t"));
  }
}
